import TensorCore
import TestKit
import Testing

@Suite struct ColumnsTests {
  static let cases = [
    OperationCase("side by side", shapes: [[4, 2], [4, 3], [4, 1]]) { concatenated($0) },
    OperationCase("side by side with itself", shapes: [[4, 2]]) { concatenated([$0[0], $0[0]]) },
    OperationCase("side by side with no columns", shapes: [[4, 0], [4, 3]]) { concatenated($0) },
    OperationCase("side by side with a constant", shapes: [[4, 2]]) {
      concatenated([Variable(Tensor(normal: "constant", shape: [4, 3])), $0[0]])
    },
    OperationCase("side by side, zero rows", shapes: [[0, 2], [0, 3]]) { concatenated($0) },
    OperationCase("first columns", shapes: [[4, 5]]) { $0[0].columns(0..<2) },
    OperationCase("middle columns", shapes: [[4, 5]]) { $0[0].columns(2..<4) },
    OperationCase("overlapping columns", shapes: [[4, 5]]) {
      $0[0].columns(0..<3) * $0[0].columns(2..<5)
    },
    OperationCase("no columns", shapes: [[4, 5]]) { concatenated([$0[0].columns(2..<2), $0[0]]) },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func rowsStayTogether() {
    let a = Variable(Tensor([1, 2, 3, 4], shape: [2, 2]))
    let b = Variable(Tensor([9, 8], shape: [2, 1]))
    let y = concatenated([a, b])
    #expect(y.value.values == [1, 2, 9, 3, 4, 8])
    #expect(y.columns(1..<3).value.values == [2, 9, 4, 8])
  }

  @Test func oneInputAndAllColumnsAreTheVariableItself() {
    let x = Variable(Tensor(zeros: [2, 3]))
    #expect(concatenated([x]) === x)
    #expect(x.columns(0..<3) === x)
  }
}
