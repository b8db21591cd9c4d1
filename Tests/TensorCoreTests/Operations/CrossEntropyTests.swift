import Foundation
import TensorCore
import TestKit
import Testing

@Suite struct CrossEntropyTests {
  private static let labels = Tensor([0, 1, 1, 0, 0.25, 1], shape: [3, 2])

  static let cases = [
    OperationCase("labels and weights", shapes: [[3, 2]]) {
      $0[0].sigmoidCrossEntropy(
        labels: labels, weights: Tensor([1, 0.5, 0, 2, 1, 0.1], shape: [3, 2]))
    },
    OperationCase("all weights zero", shapes: [[3, 2]]) {
      $0[0].sigmoidCrossEntropy(labels: labels, weights: Tensor(zeros: [3, 2]))
    },
    OperationCase("one row", shapes: [[1, 1]]) {
      $0[0].sigmoidCrossEntropy(
        labels: Tensor(repeating: 1, shape: [1, 1]), weights: Tensor(repeating: 1, shape: [1, 1]))
    },
    OperationCase("zero rows", shapes: [[0, 2]]) {
      $0[0].sigmoidCrossEntropy(labels: Tensor(zeros: [0, 2]), weights: Tensor(zeros: [0, 2]))
    },
    OperationCase("scaled afterwards", shapes: [[3, 2]]) {
      $0[0].sigmoidCrossEntropy(labels: labels, weights: Tensor(repeating: 1, shape: [3, 2]))
        .scaled(by: -0.25)
    },
    OperationCase("one sum per objective, one of them empty", shapes: [[3, 2]]) {
      $0[0].sigmoidCrossEntropies(
        labels: labels, weights: Tensor([1, 0.5, 0, 2, 1, 0.1], shape: [3, 2]),
        objectives: [0, 3, 0, 3, 1, 1], objectiveCount: 4)
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  private func lossAndGradient(
    _ logits: [Float], labels: [Float], weights: [Float]
  ) -> (loss: Float, gradient: [Float]) {
    let shape = [logits.count]
    let (loss, gradients) = evaluate([Tensor(logits, shape: shape)]) {
      $0[0].sigmoidCrossEntropy(
        labels: Tensor(labels, shape: shape), weights: Tensor(weights, shape: shape))
    }
    return (loss.scalar, gradients[0].values)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, 7, -1])
  func labelsOfWeightZeroMayBeAnything(label: Float) {
    let (loss, gradient) = lossAndGradient([0.3, 2], labels: [1, label], weights: [1, 0])
    let alone = lossAndGradient([0.3], labels: [1], weights: [1])
    #expect(loss == alone.loss)
    #expect(gradient == [alone.gradient[0], 0])
  }

  @Test(arguments: [Float.nan, .infinity])
  func logitsOfWeightZeroAreNotLookedAt(logit: Float) {
    let (loss, gradient) = lossAndGradient([0, logit], labels: [1, 1], weights: [1, 0])
    expectClose(Double(loss), log(2), relative: 1e-6)
    expectClose(Double(gradient[0]), -0.5, relative: 1e-6)
    #expect(gradient[1] == 0)
  }

  @Test func hugeLogitsStayFinite() {
    let (loss, gradient) = lossAndGradient(
      [1e9, -1e9, 1e9, -1e9], labels: [1, 0, 0, 1], weights: [1, 1, 1, 1])
    expectClose(Double(loss), 2e9, relative: 1e-6)
    expectClose(gradient.map(Double.init), [0, 0, 1, -1], absolute: 1e-37)
  }

  @Test func notANumberInALogitShows() {
    let (loss, gradient) = lossAndGradient([.nan, 0], labels: [1, 1], weights: [1, 1])
    #expect(loss.isNaN && gradient[0].isNaN && !gradient[1].isNaN)
  }
}
