import Configuration
import Foundation
import Ranking
import TensorCore

/// Weights that grow with excess risks: how far objectives are above their least losses, however large
/// these are, so that an objective with noisy labels is not favored for its loss.
///
///     S_o ← S_o + h_o²,   r_o = Σ_j h_oj² / √S_oj,   h_o = ∇ L_o = g_o / a_o
///     w_o ← c w_o exp(η r_o / r̄_o)
///
/// - g_o: the gradient of a_o L_o with respect to the shared parameters; S: squares by element, so that
///   r is hᵀ H⁻¹ h, which to second order is twice the excess risk, with the diagonal √S for H; j: the
///   elements of the shared parameters, where terms with h = 0 are 0.
/// - r̄_o: the mean of r_o over the batches of the first `warmUpEpochs` epochs, in which weights stay 1;
///   the first r_o if there was none.
/// - c: keeps the sum of the weights of objectives that have a gradient in the batch; the others keep
///   theirs. The step has the weights after their change.
///
/// Source: He et al., Robust multi-task learning with excess risks, ICML 2024, equations 6, 7 and 9;
/// the authors' released code.
final class ExcessMTL: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting(
      "η: the rate at which weights are learned.", in: 1e-6...10,
      search: .choice([0.01, 0.1, 1]))
    var weightRate = 0.01
    @Setting(
      "Epochs with equal weights, in which the excess risks that others are relative to are measured; 0 for the first batch.",
      in: 0...1000)
    var warmUpEpochs = 0
  }

  static let card = MethodCard(
    id: "excess-mtl", title: "ExcessMTL", group: "Gradients of objectives",
    paper: "He et al., Robust multi-task learning with excess risks, ICML 2024",
    deviations: [
      "Excess risks are relative to those of the first batch, as in the authors' code; the paper measures them in three epochs of warm-up (warmUpEpochs: 3), which runs here seldom have.",
      "Squares are those of gradients of mean losses, so that shares of objectives in a batch do not matter, and have no 1e-7 added under the root as in the authors' code, so that scales of losses do not matter.",
      "Weights add up to the number of objectives, as in the authors' code; in the paper to 1. An objective without a row in the batch keeps its weight.",
      "Weights scale the gradients of shared parameters alone; parameters of a single objective, and embedding tables unless balancedParameters is all, get its unchanged gradient. In the paper the weighted losses train all parameters.",
      "Costs memory: one number per objective and balanced parameter, kept over all steps.",
    ])

  static var usesGradients: Bool { true }

  static var keepsNumbersOfElements: Bool { true }

  private let rate: Double
  private let warmUpEpochs: Int
  private let objectiveCount: Int
  private let scope: ParameterScope
  /// log w, in which no weight can vanish.
  private let logWeights: StateBuffer
  /// Σ r and the number of its terms.
  private let firstRisks: (sums: StateBuffer, counts: StateBuffer)
  /// S, by the name of the parameter, then by objective.
  private var squares: [String: [StateBuffer]] = [:]

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    rate = hyperparameters.weightRate
    warmUpEpochs = hyperparameters.warmUpEpochs
    objectiveCount = objectives.count
    self.scope = scope
    logWeights = scope.buffer("logWeights", shape: [objectiveCount], repeating: 0)
    firstRisks = (
      scope.buffer("firstRisks", shape: [objectiveCount], repeating: 0),
      scope.buffer("firstRiskCounts", shape: [objectiveCount], repeating: 0)
    )
  }

  func prepare(for parameters: [Parameter]) {
    for parameter in parameters {
      squares[parameter.name] = (0..<objectiveCount).map {
        scope["squares"][$0].buffer(parameter.name, shape: parameter.value.shape, repeating: 0)
      }
    }
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let present = gradients.products.indices.filter { gradients.products[$0][$0] > 0 }
    if context.isTraining, !present.isEmpty {
      let risks = present.map { excessRisk(of: $0, share: losses.shares[$0], gradients) }
      learn(from: risks, of: present, isWarmingUp: Int(context.moment.epoch) < warmUpEpochs)
    }
    return logWeights.value.values.map { exp(Double($0)) }
  }

  private func learn(from risks: [Double], of present: [Int], isWarmingUp: Bool) {
    let (sums, counts) = (firstRisks.sums.value, firstRisks.counts.value)
    for (objective, risk) in zip(present, risks) {
      guard isWarmingUp || counts.pointer[objective] == 0 else { continue }
      sums.pointer[objective] += Float(risk)
      counts.pointer[objective] += 1
    }
    guard !isWarmingUp else { return }
    let before = present.map { Double(logWeights.value.pointer[$0]) }
    let after = present.indices.map { index in
      let first = Double(sums.pointer[present[index]] / counts.pointer[present[index]])
      return before[index] + (first > 0 ? rate * risks[index] / first : 0)
    }
    let change = Self.logSumExp(before) - Self.logSumExp(after)
    for (objective, value) in zip(present, after) {
      logWeights.value.pointer[objective] = Float(value + change)
    }
  }

  /// Adds the squares of an objective's gradient to S and returns r.
  private func excessRisk(
    of objective: Int, share: Float, _ gradients: ObjectiveGradients
  ) -> Double {
    gradients.sharedParameters.reduce(0) { sum, parameter in
      guard let squares = squares[parameter.name]?[objective].value.pointer else { return sum }
      switch gradients.gradient(of: objective, withRespectTo: parameter) {
      case .none: return sum
      case .dense(let values):
        return sum + Self.added(values.pointer, divisor: share, to: squares, count: values.count)
      case .rows(let rows):
        let columns = rows.values.columnCount
        return rows.indices.enumerated().reduce(sum) { sum, row in
          sum
            + Self.added(
              rows.values.pointer + row.offset * columns, divisor: share,
              to: squares + Int(row.element) * columns, count: columns)
        }
      }
    }
  }

  /// Adds h², h = g / divisor, to S and returns Σ h² / √S with the new S.
  private static func added(
    _ gradient: UnsafePointer<Float>, divisor: Float, to squares: UnsafeMutablePointer<Float>,
    count: Int
  ) -> Double {
    var sum = 0.0
    for index in 0..<count {
      let h = gradient[index] / divisor
      let total = squares[index] + h * h
      squares[index] = total
      if total > 0 { sum += Double(h * h / total.squareRoot()) }
    }
    return sum
  }

  private static func logSumExp(_ values: [Double]) -> Double {
    let largest = values.max() ?? 0
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
  }
}
