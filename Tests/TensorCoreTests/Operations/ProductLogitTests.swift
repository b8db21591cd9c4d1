import TensorCore
import TestKit
import Testing

@Suite struct ProductLogitTests {
  static let cases = [
    OperationCase("two logits", shapes: [[4, 5], [4, 5]]) { productLogit($0[0], $0[1]) },
    OperationCase("a logit with itself", shapes: [[4, 1]]) { productLogit($0[0], $0[0]) },
    OperationCase("three logits", shapes: [[6, 1], [6, 1], [6, 1]]) {
      productLogit(productLogit($0[0], $0[1]), $0[2])
    },
    OperationCase("a column and a matrix", shapes: [[4, 1], [4, 3]]) { productLogit($0[0], $0[1]) },
    OperationCase("a constant", shapes: [[4, 1]]) {
      productLogit(Variable(Tensor(normal: "constant", shape: [4, 1])), $0[0])
    },
    OperationCase("no rows", shapes: [[0, 1], [0, 1]]) { productLogit($0[0], $0[1]) },
    OperationCase(
      "extremes",
      inputs: [
        Tensor([50, -50, 50, -50, 600, -600], shape: [6]),
        Tensor([50, -50, -50, 50, 599, -599], shape: [6]),
      ]
    ) { productLogit($0[0], $0[1]) },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func sigmoidOfTheResultIsTheProductOfSigmoids() {
    let (a, b) = (Tensor(normal: "a", shape: [99]), Tensor(normal: "b", shape: [99]))
    func probabilities(_ logits: Tensor) -> [Double] {
      logits.values.map { 1 / (1 + (-Double($0)).exponential) }
    }
    expectClose(
      probabilities(productLogit(Variable(a), Variable(b)).value),
      zip(probabilities(a), probabilities(b)).map(*), relative: 1e-6)
  }

  /// Where a product of rounded probabilities is 0 or 1, log-odds still tell rows apart.
  @Test func extremesStayFiniteAndOrdered() {
    let a = Tensor([-1e30, -200, -199, 0, 199, 200, 1e30], shape: [7])
    let (y, gradients) = evaluate([a, a]) { productLogit($0[0], $0[1]) }
    #expect(y.isFinite && gradients.allSatisfy(\.isFinite))
    #expect(zip(y.values, y.values.dropFirst()).allSatisfy { $0 < $1 })
    #expect(gradients[0].values.first == 1 && gradients[0].values.last == 0.5)
  }

  @Test func aCertainFactorChangesNothing() {
    #expect(
      productLogit(Variable(Tensor(scalar: .infinity)), Variable(Tensor(scalar: -3))).value.scalar
        == -3)
  }
}
