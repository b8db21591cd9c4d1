import Ranking
import TensorCore

extension Predictions {
  /// Returns all additional terms of the loss of a batch.
  ///
  /// - Parameters:
  ///   - labels: `[rowCount, tasks]`.
  ///   - weights: The weights of the cross-entropies, 0 where a task is undefined:
  ///     `[rowCount, tasks]`.
  package func additionalLosses(labels: Tensor, weights: Tensor) -> [AuxiliaryLoss] {
    auxiliaryLosses
      + conditionalLosses.map {
        AuxiliaryLoss(
          name: $0.name, weight: $0.weight, value: $0.value(labels: labels, weights: weights))
      }
  }
}

extension Predictions.ConditionalLoss {
  /// Returns the unweighted term; see ``Predictions/ConditionalLoss`` for the formula.
  fileprivate func value(labels: Tensor, weights: Tensor) -> Variable {
    let shape = logits.shape
    let factors = weights.column(task)
    let taskLabels = Tensor(
      zip(factors, labels.column(task)).map { $0 == 0 ? 0 : $1 }, shape: shape)
    let happened = followed.map(labels.column) ?? factors.map { _ in 1 }
    let followedWeights = Tensor(
      zip(factors, zip(happened, rowWeights.values))
        .map { $0 == 0 ? 0 : $0 * $1.0 * $1.1 }, shape: shape)
    guard let imputedErrors else {
      return logits.sigmoidCrossEntropy(labels: taskLabels, weights: followedWeights)
    }
    let errors = logits.softplus() - logits * Variable(taskLabels)
    let excess = errors - imputedErrors
    return imputedErrors.weightedSum(Tensor(factors, shape: shape))
      + (excess + excess.squared()).weightedSum(followedWeights)
  }
}

extension Tensor {
  fileprivate func column(_ index: Int) -> [Float] {
    let values = values
    return stride(from: index, to: values.count, by: columnCount).map { values[$0] }
  }
}
