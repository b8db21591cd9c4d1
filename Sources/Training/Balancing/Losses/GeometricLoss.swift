import Configuration
import Ranking
import TensorCore

/// The geometric mean of the losses, which does not depend on their scales.
///
///     loss = A · exp((1 / A) Σ_o a_o log max(L_o, 1e-8)),   A = Σ_o a_o
///
/// The sums are over objectives with a row in the batch.
///
/// Source: Chennupati et al., MultiNet++: multi-stream feature aggregation and geometric loss strategy
/// for multi-task learning, CVPR workshops 2019, equation 3.
final class GeometricLoss: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "gls", title: "Geometric loss", group: "Weights of losses",
    paper:
      "Chennupati et al., MultiNet++: multi-stream feature aggregation and geometric loss strategy "
      + "for multi-task learning, CVPR workshops 2019",
    deviations: [
      "The mean is weighted by the objectives' shares, so that equal losses give the plain sum; with equal shares it is the published one."
    ])

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    let sum = losses.shares.reduce(0, +)
    guard sum > 0 else { return losses.plainSum }
    let weights = Tensor(losses.shares.map { $0 / sum }, shape: [losses.shares.count])
    return sum * losses.values.clamped(to: 1e-8...).log().weightedSum(weights).exp()
  }
}
