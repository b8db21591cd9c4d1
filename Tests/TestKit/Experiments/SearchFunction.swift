import Configuration
import Experiments
import Foundation

/// A function of a few settings, by which search strategies are judged without training; less is
/// better.
package struct SearchFunction: Sendable {
  /// The name.
  package let name: String

  /// The least value.
  package let minimum: Double

  /// The search space.
  package let space: SearchSpace

  private let conditions: [String: SearchedSetting]
  private let evaluate: @Sendable ([String: ConfigurationValue]) throws -> Double

  init<Settings: HyperparameterSet>(
    _ name: String, minimum: Double, conditions: [String: SearchedSetting] = [:],
    _ evaluate: @escaping @Sendable (Settings) throws -> Double
  ) {
    self.name = name
    self.minimum = minimum
    self.conditions = conditions
    self.evaluate = { try evaluate(Settings(overriding: $0)) }
    space = SearchSpace(
      model: SettingsSchema(trainer: Settings.self), training: SettingsSchema(trainer: Nothing.self)
    )
  }

  /// The functions that are given by a formula.
  package static let formulas = [branin, hartmann6, mixed]

  /// A trial of a search with its value.
  package struct Step: Sendable {
    /// The trial.
    package let trial: Trial
    /// The value of the function.
    package let value: Double
  }

  /// Searches for the minimum, round by round, and returns all trials in order.
  ///
  /// - Parameters:
  ///   - strategy: The strategy.
  ///   - trials: The number of trials.
  ///   - round: The number of trials of a round; nil for the strategy's own.
  ///   - seed: The seed of the search.
  package func search(
    by strategy: any SearchStrategy.Type, trials: Int, round: Int? = nil, seed: Int
  ) throws -> [Step] {
    var row = ExperimentRow(label: name, model: name)
    row.search.strategy = strategy
    row.search.trials = trials
    row.search.round = round
    row.search.seed = seed
    row.search.model = conditions
    var steps: [Step] = []
    while true {
      let finished = steps.map { FinishedTrial(trial: $0.trial, score: -$0.value) }
      let next = try row.strategy.nextRound(after: finished, in: space)
      if next.isEmpty { return steps }
      steps += try next.map { Step(trial: $0, value: try evaluate($0.settings)) }
    }
  }
}

/// No settings.
private struct Nothing: HyperparameterSet {}

// MARK: - Formulas

private struct BraninSettings: HyperparameterSet {
  @Setting("x₁.", in: -5...10, search: .uniform(-5...10))
  var x = 2.5
  @Setting("x₂.", in: 0...15, search: .uniform(0...15))
  var y = 7.5
}

private struct HartmannSettings: HyperparameterSet {
  @Setting("x₁.", in: 0...1, search: .uniform(0...1))
  var x1 = 0.5
  @Setting("x₂.", in: 0...1, search: .uniform(0...1))
  var x2 = 0.5
  @Setting("x₃.", in: 0...1, search: .uniform(0...1))
  var x3 = 0.5
  @Setting("x₄.", in: 0...1, search: .uniform(0...1))
  var x4 = 0.5
  @Setting("x₅.", in: 0...1, search: .uniform(0...1))
  var x5 = 0.5
  @Setting("x₆.", in: 0...1, search: .uniform(0...1))
  var x6 = 0.5
}

private struct MixedSettings: HyperparameterSet {
  @Setting("The kind of optimizer.", search: .choice(["plain", "momentum", "adaptive"]))
  var kind = "plain"
  @Setting("A rate, which matters by its logarithm.", in: 1e-5...1, search: .logUniform(1e-5...1))
  var rate = 0.01
  @Setting("A width.", in: 1...64, search: .logUniform(1...64))
  var width = 8
  @Setting("A depth.", in: 1...8, search: .choice([1, 2, 4, 8]))
  var depth = 2
  @Setting("Of the kind momentum only.", in: 0...1, search: .uniform(0...1))
  var momentum = 0.0
}

extension SearchFunction {
  /// Branin's function of two numbers, with three equal minima.
  ///
  ///     (y - 5.1 / 4π² x² + 5 / π x - 6)² + 10 (1 - 1 / 8π) cos x + 10
  package static let branin = SearchFunction("branin", minimum: 0.397887357729738) {
    (p: BraninSettings) in
    let valley = p.y - 5.1 / (4 * .pi * .pi) * p.x * p.x + 5 / .pi * p.x - 6
    return valley * valley + 10 * (1 - 1 / (8 * .pi)) * cos(p.x) + 10
  }

  /// Hartmann's function of six numbers, with six local minima.
  ///
  ///     -Σ_i α_i exp(-Σ_j A_ij (x_j - P_ij)²)
  package static let hartmann6 = SearchFunction("hartmann6", minimum: -3.322368011415515) {
    (p: HartmannSettings) in
    let x = [p.x1, p.x2, p.x3, p.x4, p.x5, p.x6]
    let scales: [[Double]] = [
      [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
      [17, 8, 0.05, 10, 0.1, 14],
    ]
    let centers: [[Double]] = [
      [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
      [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
      [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
      [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
    return -zip([1, 1.2, 3, 3.2], zip(scales, centers)).reduce(0) { sum, term in
      let (weight, (scale, center)) = term
      let distance = x.indices.reduce(0) {
        $0 + scale[$1] * (x[$1] - center[$1]) * (x[$1] - center[$1])
      }
      return sum + weight * exp(-distance)
    }
  }

  /// A function of a category, a rate, a whole number, a list of numbers, and a number that matters
  /// for one category only.
  ///
  ///     best(kind) + (log₁₀ rate - r(kind))² / 2 + log₂(width / 24)² / 8 + |depth - d(kind)|,
  ///
  /// - best, r, d: .5, -1, 1 for plain; 0, -2, 2 for momentum, plus 2 (momentum - .9)²; .3, -3, 4
  ///   for adaptive; depth as the exponent of 2, its difference weighted by a quarter.
  package static let mixed = SearchFunction(
    "mixed", minimum: 0,
    conditions: [
      "momentum": SearchedSetting(
        .uniform(0...1), conditions: [SearchCondition("kind", in: [.string("momentum")])])
    ]
  ) { (p: MixedSettings) in
    let (best, rate, depth) =
      switch p.kind {
      case "momentum": (2 * (p.momentum - 0.9) * (p.momentum - 0.9), -2.0, 1.0)
      case "adaptive": (0.3, -3.0, 2.0)
      default: (0.5, -1.0, 0.0)
      }
    let (rateGap, widthGap) = (log10(p.rate) - rate, log2(Double(p.width) / 24))
    return best + rateGap * rateGap / 2 + widthGap * widthGap / 8
      + abs(log2(Double(p.depth)) - depth) / 4
  }
}
