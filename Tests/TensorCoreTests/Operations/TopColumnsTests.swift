import TensorCore
import TestKit
import Testing

@Suite struct TopColumnsTests {
  static let cases = [
    OperationCase("two of five", shapes: [[4, 5]]) { $0[0].gathered($0[0].value.topColumns(2)) },
    OperationCase("selected by another variable", shapes: [[4, 5], [4, 5]]) {
      $0[0].gathered($0[1].value.topColumns(3))
    },
    OperationCase("softmax of the selected", shapes: [[4, 5]]) {
      $0[0].softmax(keeping: $0[0].value.topColumns(2).kept)
    },
    OperationCase("no rows", shapes: [[0, 5]]) { $0[0].gathered($0[0].value.topColumns(2)) },
    OperationCase("none of five", shapes: [[4, 5]]) {
      $0[0].gathered($0[0].value.topColumns(0)).sum() + $0[0].sum()
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func tiesGoToTheLowestColumn() {
    let top = Tensor([1, 3, 3, 3, 0, 0, 0, 0], shape: [2, 4]).topColumns(2)
    #expect(top.indices == [1, 2, 0, 1])
    #expect(top.kept == [0, 1, 1, 0, 1, 1, 0, 0])
  }

  @Test func greatestComesFirstAndNotANumberLast() {
    let top = Tensor([.nan, -.infinity, 5, .nan, .infinity], shape: [1, 5]).topColumns(5)
    #expect(top.indices == [4, 2, 1, 0, 3])
  }

  @Test(arguments: [0, 1, 3, 8, 40])
  func selectionIsTheBeginningOfTheSortedRow(count: Int) {
    let x = Tensor(
      Tensor(normal: "x", shape: [30, 40]).values.map { ($0 * 4).rounded() }, shape: [30, 40])
    let top = x.topColumns(count)
    for row in 0..<30 {
      let values = Array(x.values[row * 40..<(row + 1) * 40])
      let sorted = (0..<40).sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(count)
      #expect(top.indices[row * count..<(row + 1) * count].map(Int.init) == Array(sorted))
      #expect(Set(sorted) == Set((0..<40).filter { top.kept[row * 40 + $0] == 1 }))
    }
  }
}
