import TensorCore
import TestKit
import Testing

@Suite("Waves of numbers") struct WavesTests {
  static let cases = [
    OperationCase("two columns", shapes: [[2, 3]]) {
      $0[0].waves(of: Tensor(normal: "waves", shape: [5, 2]))
    },
    OperationCase("no rows", shapes: [[2, 3]]) { $0[0].waves(of: Tensor(zeros: [0, 2])) },
    OperationCase("computed frequencies", shapes: [[1, 2]]) {
      $0[0].activated(by: .tanh).waves(of: Tensor(normal: "waves", shape: [4, 1]))
    },
    OperationCase("many rows", shapes: [[2, 2]]) {
      $0[0].waves(of: Tensor(normal: "many waves", shape: [600, 2], deviation: 0.5))
    },
  ]

  @Test(arguments: cases)
  func gradientsAgree(operation: OperationCase) { operation.check(at: .portable) }

  @Test func cosinesOfAColumnComeBeforeItsSines() {
    let y = Variable(Tensor([0.25, 0.5], shape: [1, 2])).waves(of: Tensor([1, 0], shape: [2, 1]))
    expectClose(y.value, Tensor([0, -1, 1, 0, 1, 1, 0, 0], shape: [2, 4]), absolute: 1e-6)
  }
}
