import Ranking
import TensorCore

extension Predictions {
  /// Returns all additional terms of the loss of a batch.
  ///
  /// - Parameters:
  ///   - labels: `[rowCount, tasks]`.
  ///   - weights: The weights of the cross-entropies, 0 where a task is undefined:
  ///     `[rowCount, tasks]`.
  ///   - share: The share of the batch's rows that these are; the terms of all shares then add up to
  ///     those of the batch.
  package func additionalLosses(
    labels: Tensor, weights: Tensor, share: Double = 1
  ) -> [AuxiliaryLoss] {
    auxiliaryLosses.map { share == 1 ? $0 : $0.scaled(by: share) }
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
    let happened = followed.map(labels.column) ?? factors.map { _ in 1 }
    func weighted(_ rowWeights: Tensor, on isCounted: (Float) -> Float) -> Tensor {
      Tensor(
        zip(factors, zip(happened, rowWeights.values))
          .map { $0 == 0 ? 0 : $0 * isCounted($1.0) * $1.1 }, shape: shape)
    }
    let taskLabels = Tensor(
      zip(factors, labels.column(task)).map { $0 == 0 ? 0 : $1 }, shape: shape)
    let followedWeights = weighted(rowWeights) { $0 }
    var value: Variable
    if let imputedErrors {
      let errors = logits.softplus() - logits * Variable(taskLabels)
      let excess = errors - imputedErrors
      value =
        imputedErrors.weightedSum(Tensor(factors, shape: shape))
        + (excess + excess.squared()).weightedSum(followedWeights)
    } else {
      value = logits.sigmoidCrossEntropy(labels: taskLabels, weights: followedWeights)
    }
    guard let counterfactual else { return value }
    let opposite = Tensor(taskLabels.values.map { 1 - $0 }, shape: shape)
    value =
      value
      + counterfactual.logits.sigmoidCrossEntropy(
        labels: opposite, weights: weighted(counterfactual.rowWeights) { 1 - $0 })
    guard counterfactual.constraintWeight > 0 else { return value }
    let excess = logits.sigmoid() + counterfactual.logits.sigmoid() - 1
    return value
      + excess.absolute().weightedSum(Tensor(factors, shape: shape))
      .scaled(by: Float(counterfactual.constraintWeight))
  }
}

extension Tensor {
  fileprivate func column(_ index: Int) -> [Float] {
    let values = values
    return stride(from: index, to: values.count, by: columnCount).map { values[$0] }
  }
}
