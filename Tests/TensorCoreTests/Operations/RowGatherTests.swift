import TensorCore
import TestKit
import Testing

@Suite struct RowGatherTests {
  static let cases = [
    OperationCase("rows in another order", shapes: [[4, 3]]) { $0[0].rows([2, 0, 3, 1]) },
    OperationCase("repeated and missing rows", shapes: [[4, 3]]) { $0[0].rows([2, 2, 0, 2, 3]) },
    OperationCase("one row", shapes: [[4, 3]]) { $0[0].rows([3]) },
    OperationCase("rows times factors", shapes: [[4, 3], [5, 3]]) {
      $0[0].rows([2, 2, 0, 2, 3], times: $0[1])
    },
    OperationCase("rows times factors and a scale", shapes: [[3, 33], [4, 33]]) {
      $0[0].rows([1, 0, 2, 1], times: $0[1].sigmoid(), scale: 2)
    },
    OperationCase("rows of a constant times factors", shapes: [[2, 5]]) {
      Variable(Tensor(normal: "constant", shape: [3, 5])).rows([2, 0], times: $0[0])
    },
    OperationCase("spread", shapes: [[3, 2]]) { $0[0].spread(to: [4, 0, 2], rowCount: 5) },
    OperationCase("spread to all rows", shapes: [[2, 2]]) {
      $0[0].spread(to: [1, 0], rowCount: 2)
    },
    OperationCase("slices of the middle axis", shapes: [[3, 4, 2]]) { $0[0].slices([3, 0, 0]) },
    OperationCase("slices of an axis of one", shapes: [[3, 1, 2]]) { $0[0].slices([0, 0, 0]) },
    OperationCase("stacked rows", shapes: [[2, 3], [1, 3], [4, 3]]) { stackedRows($0) },
    OperationCase("stacked with no rows", shapes: [[0, 3], [2, 3]]) { stackedRows($0) },
    OperationCase("stacked on itself", shapes: [[2, 3]]) { stackedRows([$0[0], $0[0]]) },
    OperationCase("stacked on a constant", shapes: [[2, 3]]) {
      stackedRows([Variable(Tensor(normal: "constant", shape: [2, 3])), $0[0]])
    },
    OperationCase("gathered, changed and put back", shapes: [[5, 3]]) {
      let (taken, others): ([Int32], [Int32]) = ([4, 1], [0, 2, 3])
      return $0[0].rows(taken).activated(by: .tanh).spread(to: taken, rowCount: 5)
        + $0[0].rows(others).spread(to: others, rowCount: 5)
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func noRowsAreTaken() {
    let (output, gradients) = evaluate([Tensor(normal: "x", shape: [3, 2])]) { $0[0].rows([]) }
    #expect(output.shape == [0, 2])
    #expect(gradients[0].values == [0, 0, 0, 0, 0, 0])
  }

  @Test func rowsTimesFactorsAreTheProductToTheLastBit() {
    let inputs = [Tensor(normal: "x", shape: [40, 37]), Tensor(normal: "w", shape: [90, 37])]
    let indices = (0..<90).map { Int32($0 * 7 % 40) }
    let fused = evaluate(inputs) { $0[0].rows(indices, times: $0[1], scale: 2) }
    let plain = evaluate(inputs) { $0[0].rows(indices) * (2 * $0[1]) }
    #expect(fused.output.values == plain.output.values)
    #expect(fused.gradients.map(\.values) == plain.gradients.map(\.values))
  }

  @Test func spreadOfNoRowsIsZero() {
    let y = Variable(Tensor(zeros: [0, 2])).spread(to: [], rowCount: 2)
    #expect(y.value.values == [0, 0, 0, 0])
  }

  @Test func oneInputIsStackedToItself() {
    let x = Variable(Tensor(zeros: [2, 3]))
    #expect(stackedRows([x]) === x)
  }

  @Test func manyRowsKeepTheirOrder() {
    let x = Tensor((0..<1000).map(Float.init), shape: [1000, 1])
    let order = (0..<1000).map { Int32(999 - $0) }
    #expect(Variable(x).rows(order).value.values == x.values.reversed())
  }
}
