import Configuration
import Foundation
import Ranking
import TensorCore

/// Weighting by homoscedastic uncertainty.
///
///     loss = Σ_o a_o (exp(-s_o) L_o + s_o / 2),   s_o = log σ_o²
///
/// - s: `[objectives]`, trained, starting from `initialLogVariance`; the sum is over objectives
///   with a row in the batch.
///
/// At s = 0, the loss is the plain sum. For fixed L_o, the minimum is at exp(s_o) = 2 L_o.
///
/// Source: Kendall, Gal and Cipolla, Multi-task learning using uncertainty to weigh losses for
/// scene geometry and semantics, CVPR 2018, equation 10, in its form for classification.
final class UncertaintyWeighting: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting("Every objective's log σ² at the start.", in: -10...10)
    var initialLogVariance = 0.0
  }

  static let card = MethodCard(
    id: "uncertainty", title: "Uncertainty weighting", group: "Weights of losses",
    paper:
      "Kendall et al., Multi-task learning using uncertainty to weigh losses for scene geometry "
      + "and semantics, CVPR 2018",
    deviations: [
      "The term of an objective, its log σ included, has the objective's share of the plain sum as a "
        + "factor, so that training starts from the same loss as without weighting."
    ])

  private let logVariances: Parameter

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    logVariances = scope.parameter(
      "logVariance", shape: [objectives.count],
      initializer: .constant(Float(hyperparameters.initialLogVariance)), decays: false)
  }

  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    weighted(losses, logVariances: context(logVariances))
  }

  /// Forward as above; backward: dL = a exp(-s) dloss, ds = a (1/2 - exp(-s) L) dloss.
  private func weighted(_ losses: ObjectiveLosses, logVariances: Variable) -> Variable {
    let (values, shares) = (losses.values, losses.shares)
    func terms(_ value: [Double], _ s: [Double]) -> Double {
      shares.indices.reduce(0) { sum, o in
        sum + Double(shares[o]) * (exp(-s[o]) * value[o] + s[o] / 2)
      }
    }
    let (value, s) = (
      values.value.values.map(Double.init), logVariances.value.values.map(Double.init)
    )
    return record(
      Tensor(scalar: Float(terms(value, s))), from: [values, logVariances],
      naive: { NaiveTensor([terms($0[0].values, $0[1].values)], shape: []) },
      backward: { dy in
        let scale = Double(dy.scalar)
        func gradient(_ derivative: (Int) -> Double) -> Tensor {
          Tensor(
            shares.indices.map { Float(scale * Double(shares[$0]) * derivative($0)) },
            shape: [shares.count])
        }
        values.accumulate(gradient { exp(-s[$0]) })
        logVariances.accumulate(gradient { 0.5 - exp(-s[$0]) * value[$0] })
      })
  }
}
