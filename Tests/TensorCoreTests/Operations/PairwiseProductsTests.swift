import TensorCore
import TestKit
import Testing

@Suite struct PairwiseProductsTests {
  static let cases = [
    OperationCase("four vectors", shapes: [[5, 12]]) { $0[0].pairwiseProducts(vectorCount: 4) },
    OperationCase("numbers", shapes: [[5, 7]]) { $0[0].pairwiseProducts(vectorCount: 7) },
    OperationCase("many rows", shapes: [[700, 6]]) { $0[0].pairwiseProducts(vectorCount: 3) },
    OperationCase("no rows", shapes: [[0, 6]]) { $0[0].pairwiseProducts(vectorCount: 3) },
    OperationCase("no vectors", shapes: [[4, 0]]) { $0[0].pairwiseProducts(vectorCount: 0) },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func oneVectorHasNoPairs() {
    let (y, gradients) = evaluate([Tensor(normal: "x", shape: [3, 4])]) {
      $0[0].pairwiseProducts(vectorCount: 1)
    }
    expectClose(y, Tensor(zeros: [3, 1]), absolute: 1e-6)
    expectClose(gradients[0], Tensor(zeros: [3, 4]), absolute: 1e-6)
  }
}
