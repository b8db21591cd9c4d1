import TensorCore
import TestKit
import Testing

@Suite struct LayerNormalizationTests {
  static let cases = [[4, 5], [1, 5], [4, 2], [2, 3, 4], [600, 3], [0, 4], [4, 1]].map { shape in
    OperationCase("rows of \(shape)", shapes: [shape]) { $0[0].rowNormalized(epsilon: 1e-3) }
  }

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func equalElementsGiveZeros() {
    let (y, gradients) = evaluate([Tensor([7, 7, 7, -1, -1, -1], shape: [2, 3])]) {
      $0[0].rowNormalized(epsilon: 1e-5)
    }
    #expect(y.values == Array(repeating: 0, count: 6))
    #expect(gradients[0].isFinite)
  }

  @Test func largeMeanDoesNotSpoilTheVariance() {
    let y = Variable(Tensor([1000, 1001, 1000, 1001], shape: [1, 4])).rowNormalized(epsilon: 0)
    #expect(y.value.values == [-1, 1, -1, 1])
  }
}
