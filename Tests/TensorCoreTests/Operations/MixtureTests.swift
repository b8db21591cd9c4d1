import TensorCore
import TestKit
import Testing

@Suite struct MixtureTests {
  static let cases = [
    OperationCase("every position used", shapes: [[6, 4], [3, 2]]) {
      $0[0].mixed(by: $0[1], positions: [0, 3, 5, 1, 2, 4])
    },
    OperationCase("unused positions and negative positions", shapes: [[6, 4], [3, 3]]) {
      $0[0].mixed(by: $0[1], positions: [5, -1, 0, -1, -1, -1, 2, 3, -1])
    },
    OperationCase("one choice", shapes: [[3, 4], [3, 1]]) {
      $0[0].mixed(by: $0[1], positions: [2, 0, 1])
    },
    OperationCase("constant weights", shapes: [[4, 5]]) {
      $0[0].mixed(by: Variable(Tensor(normal: "weights", shape: [2, 2])), positions: [0, 1, 2, 3])
    },
    OperationCase("constant outputs", shapes: [[2, 2]]) {
      Variable(Tensor(normal: "outputs", shape: [4, 5])).mixed(by: $0[0], positions: [0, 1, 2, 3])
    },
    OperationCase("zero rows", shapes: [[0, 4], [0, 2]]) { $0[0].mixed(by: $0[1], positions: []) },
    OperationCase("weights from a softmax", shapes: [[6, 17], [3, 2]]) {
      $0[0].mixed(by: $0[1].softmax(), positions: [0, 1, 2, 3, 4, 5])
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test(arguments: KernelLevel.available)
  func negativeSlotIsLeftOutEvenWhereItsWeightIsNotANumber(level: KernelLevel) {
    let x = Tensor([1, 2, 3, 4], shape: [2, 2])
    let w = Tensor([0.5, .nan, 2, .infinity], shape: [2, 2])
    let (output, gradients) = level.run {
      evaluate([x, w]) { $0[0].mixed(by: $0[1], positions: [0, -1, 1, -1]) }
    }
    #expect(output.values == [0.5, 1, 6, 8])
    #expect(gradients[0].values == [0.5, 0.5, 2, 2])
    #expect(gradients[1].values == [3, 0, 7, 0])
  }

  @Test func rowWithoutSlotsIsZero() {
    let (output, gradients) = evaluate([
      Tensor(repeating: 1, shape: [1, 3]), Tensor(repeating: 1, shape: [1, 2]),
    ]) { $0[0].mixed(by: $0[1], positions: [-1, -1]) }
    #expect(output.values == [0, 0, 0])
    #expect(gradients.map(\.values) == [[0, 0, 0], [0, 0]])
  }
}
