import Configuration
import Foundation
import Ranking
import TensorCore

/// Weights that change by a constant factor from epoch to epoch.
///
///     loss = Σ_o γ_o^n a_o L_o
///
/// - n: the number of the epoch, from 0; γ_o: the factor of the objective in `factors`, 1 if it is not
///   there. The first weights are those of `taskWeights`.
///
/// Source: Tang et al., Progressive layered extraction (PLE), RecSys 2020, equation 10.
final class EpochDecay: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting("The factor of every objective from epoch to epoch, by name.")
    var factors: [String: Double] = [:]

    func validate() throws {
      for (name, factor) in factors where !(factor > 0 && factor <= 10) {
        throw Diagnostic("must be above 0 and at most 10, but is \(factor)").at("factors.\(name)")
      }
    }
  }

  static let card = MethodCard(
    id: "epoch-decay", title: "Epoch-wise decay", group: "Weights of losses",
    paper: "Tang et al., Progressive layered extraction (PLE), RecSys 2020")

  private let factors: [Double]

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) throws {
    for name in hyperparameters.factors.keys.sorted() where !objectives.names.contains(name) {
      throw Diagnostic.unknown("objective", name, accepted: objectives.names).at("factors")
    }
    factors = objectives.names.map { hyperparameters.factors[$0] ?? 1 }
  }

  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    let epoch = context.moment.epoch.rounded(.down)
    return losses.values.weightedSum(
      Tensor(
        zip(factors, losses.shares).map { Float(pow($0, epoch)) * $1 }, shape: [factors.count]))
  }
}
