import Ranking
import TensorCore
import TestKit
import Training

/// The mean cross-entropy of all tasks over the rows on which they are defined, plus the weighted
/// auxiliary losses.
func totalLoss(_ predictions: Predictions, _ rows: LabeledBatch) -> Variable {
  let count = max(1, rows.batch.rowCount)
  let weights = Tensor(rows.mask.values.map { $0 / Float(count) }, shape: rows.mask.shape)
  let main = predictions.logits.sigmoidCrossEntropy(labels: rows.labels, weights: weights)
  return predictions.additionalLosses(labels: rows.labels, weights: weights).reduce(main) {
    $0 + $1.value.scaled(by: Float($1.weight))
  }
}

extension BuiltModel {
  /// The log-odds of a batch in evaluation mode, at the moment of the weights.
  func logits(_ rows: LabeledBatch, observer: Observer? = nil) -> Tensor {
    self(rows.batch, in: .evaluation(at: moment, observer: observer)).logits.value
  }

  /// Runs a training pass and leaves its gradients in the store; returns the loss and log-odds.
  @discardableResult
  func train(
    _ rows: LabeledBatch, seed: UInt64 = 1, step: Int = 0, observer: Observer? = nil
  ) -> (loss: Float, logits: Tensor) {
    let tape = Tape()
    let context = ForwardContext.training(
      tape: tape, streams: RandomStreams(seed: seed), step: step, observer: observer)
    let predictions = self(rows.batch, in: context)
    let loss = totalLoss(predictions, rows)
    store.clearGradients()
    tape.backward(from: loss)
    return (loss.value.scalar, predictions.logits.value)
  }

  /// Moves every weight by normal noise, so that none is zero and embeddings are not tiny.
  func shake(deviation: Double = 0.3) {
    for parameter in store.parameters {
      let noise = Tensor(
        normal: "shake/" + parameter.name, shape: parameter.value.shape, deviation: deviation)
      parameter.value.assign(
        Tensor(zip(parameter.value.values, noise.values).map(+), shape: noise.shape))
    }
  }

  /// Subtracts every gradient times `rate` from its weights.
  func descend(rate: Float) {
    for parameter in store.parameters {
      let gradient = parameter.gradientValues
      parameter.value.withUnsafeMutableBufferPointer { weights in
        for i in weights.indices { weights[i] -= rate * gradient[i] }
      }
    }
  }
}

extension Parameter {
  /// The gradient's elements, zeros where there is none.
  var gradientValues: [Float] {
    switch gradient {
    case .none: Array(repeating: 0, count: value.count)
    case .dense(let tensor): tensor.values
    case .rows(let rows): rows.densified(rowCount: value.shape[0]).values
    }
  }

  /// Whether no element of the gradient differs from zero.
  var hasZeroGradient: Bool { gradientValues.allSatisfy { $0 == 0 } }
}

/// The bits of every element, for comparisons without tolerance.
func bits(_ tensor: Tensor) -> [UInt32] { tensor.values.map(\.bitPattern) }
