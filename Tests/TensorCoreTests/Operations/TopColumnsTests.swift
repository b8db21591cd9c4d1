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
}
