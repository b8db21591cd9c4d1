import Configuration
import Ranking

/// Asynchronous successive halving: a trial continues beyond a rung as soon as it is among the best
/// 1 / eta of the trials seen at that rung, without waiting for all of them.
///
/// The results of a rung are considered one by one: at the first rung in the order of the trials'
/// numbers, at every later rung in the order in which the rung before promoted them. After the n-th
/// result, the best ⌊n / eta⌋ are promoted, if they were not before. Only trials of the current
/// round of the search are promoted; those of earlier rounds have ended, but are compared with. If a
/// rung has promoted nobody when the last result of a round has been considered, its best trial with
/// a score is promoted, so that some trial is trained to the end. All others are pruned.
///
/// This differs from the source in the order of results, which there is that of their completion. A
/// promotion therefore waits for results of lower numbers, but does not depend on timing: the same
/// trials are promoted with any number of workers. The trials of a rung still run concurrently, and
/// promotions follow while the rung is being filled.
///
/// Source: Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, MLSys 2020,
/// algorithm 2.
struct ASHA: TrialScheduler {
  typealias Hyperparameters = RungOptions

  static let card = MethodCard(
    id: "asha", title: "ASHA",
    paper: "Li et al., A system for massively parallel hyperparameter tuning, MLSys 2020",
    deviations: [
      "Results are considered in the order of trials, not of their completion, so that promotions "
        + "do not depend on timing."
    ])

  private let rungs: [Int]
  private let eta: Int

  init(_ hyperparameters: Hyperparameters, epochs: Int) {
    rungs = hyperparameters.rungs(epochs: epochs)
    eta = hyperparameters.eta
  }

  func verdicts(on trials: [TrialCurve]) -> [TrialVerdict] {
    var verdicts = trials.map { _ in TrialVerdict.train(epochs: rungs[0]) }
    var halls = rungs.dropLast().map { _ in Hall() }
    for round in trials.rounds {
      var arriving = Array(round)
      var isComplete = true
      for (level, rung) in rungs.dropLast().enumerated() {
        let known = arriving.prefix { trials[$0].isKnown(after: rung) }
        isComplete = isComplete && known.count == arriving.count
        var promoted: [Int] = []
        for trial in known {
          let admitted = halls[level].add(trial, eta: eta) {
            trials.isAhead($0, of: $1, after: rung)
          }
          guard let admitted, round.contains(admitted), !promoted.contains(admitted),
            trials[admitted].score(after: rung) != nil
          else { continue }
          promoted.append(admitted)
        }
        if isComplete, halls[level].promoted.isEmpty, promoted.isEmpty {
          promoted += halls[level].ranking.prefix(1)
            .filter { round.contains($0) && trials[$0].score(after: rung) != nil }
        }
        halls[level].promoted.formUnion(promoted)
        if isComplete { for trial in arriving { verdicts[trial] = .prune(after: rung) } }
        for trial in promoted { verdicts[trial] = .train(epochs: rungs[level + 1]) }
        arriving = promoted
      }
    }
    return verdicts
  }

  /// The trials seen at one rung, the best first.
  private struct Hall {
    var ranking: [Int] = []
    var promoted: Set<Int> = []

    /// Adds a trial and returns the one that has become one of the best 1 / eta, if any: the trial
    /// itself, or the one that the greater number of places admits, unless it was promoted before.
    mutating func add(_ trial: Int, eta: Int, isAhead: (Int, Int) -> Bool) -> Int? {
      var (low, high) = (0, ranking.count)
      while low < high {
        let middle = (low + high) / 2
        if isAhead(ranking[middle], trial) { low = middle + 1 } else { high = middle }
      }
      ranking.insert(trial, at: low)
      let places = ranking.count / eta
      if low < places { return trial }
      guard ranking.count.isMultiple(of: eta), !promoted.contains(ranking[places - 1]) else {
        return nil
      }
      return ranking[places - 1]
    }
  }
}
