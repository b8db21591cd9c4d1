import Configuration
import Ranking

/// Hyperband: successive halving in several brackets, which differ in how long trials are trained
/// before they are compared for the first time.
///
/// With m rungs, bracket s = m - 1, …, 1, 0 has ⌈m / (s + 1) · eta^s⌉ trials and begins with the
/// (m - s)-th rung; in the last bracket, all trials are trained to their end. Trials are assigned to
/// brackets in the order of their numbers: first the whole bracket m - 1, then m - 2, …, and after
/// bracket 0 again from the beginning. Each bracket is halved by itself, as in
/// ``SuccessiveHalving``; a bracket that has not all its trials (the last one, or one that spans two
/// rounds of an adaptive search) is halved with those that it has.
///
/// Source: Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, JMLR 18, 2018, algorithm 1.
struct Hyperband: TrialScheduler {
  typealias Hyperparameters = RungOptions

  static let card = MethodCard(
    id: "hyperband", title: "Hyperband",
    paper: "Li et al., Hyperband: a novel bandit-based approach to hyperparameter optimization, "
      + "JMLR 18, 2018",
    deviations: [
      "The number of trials is that of the search, not of whole brackets, and a trial continues "
        + "from its checkpoint."
    ])

  private let rungs: [Int]
  private let eta: Int
  /// The number of trials of every bracket.
  let sizes: [Int]

  init(_ hyperparameters: Hyperparameters, epochs: Int) {
    rungs = hyperparameters.rungs(epochs: epochs)
    eta = hyperparameters.eta
    let (count, eta) = (rungs.count, eta)
    sizes = rungs.indices.reversed().map { s in
      let power = (0..<s).reduce(1) { product, _ in product * eta }
      return (count * power + s) / (s + 1)
    }
  }

  func verdicts(on trials: [TrialCurve]) -> [TrialVerdict] {
    var verdicts: [TrialVerdict] = []
    while verdicts.count < trials.count {
      let (bracket, end) = bracket(of: verdicts.count)
      let round = trials[verdicts.count].round
      let group = (verdicts.count..<min(end, trials.count)).prefix { trials[$0].round == round }
      verdicts += trials.halved(Array(group), at: rungs[bracket...], eta: eta)
    }
    return verdicts
  }

  /// Returns the bracket of a trial, counted from the one that begins with the first rung, and the
  /// number of the trial after its last.
  private func bracket(of trial: Int) -> (index: Int, end: Int) {
    let cycle = sizes.reduce(0, +)
    var end = trial / cycle * cycle
    for (index, size) in sizes.enumerated() {
      end += size
      if trial < end { return (index, end) }
    }
    return (0, end)
  }
}
