import Configuration
import Ranking

/// The median stopping rule: a trial is pruned after an epoch if its best score so far is worse than
/// the median of the running averages of earlier trials.
///
/// After epochs e = `minimumEpochs`, + `interval`, + 2 · `interval`, …, trial i is compared with the
/// trials 0, …, i - 1 that were trained for e epochs, or to their end before: it is pruned if
///
///     max(v_i(1), …, v_i(e)) < median over j of mean(v_j(1), …, v_j(e))
///
/// where v(e) is the validation score after epoch e. With fewer than `minimumTrials` such trials, it
/// is not. A trial whose scores are all undefined counts as worse than any median, and is not
/// compared with.
///
/// The source compares with all completed trials, which depends on timing. Here a trial waits after
/// an epoch until the earlier trials have finished it or were pruned, so the verdicts are those of
/// trials trained one after the other. Trials still run concurrently, epoch by epoch.
///
/// Source: Golovin, Solnik, Moitra, Kochanski, Karro and Sculley, KDD 2017, section 3.2.
struct MedianStopping: TrialScheduler {
  struct Hyperparameters: HyperparameterSet {
    @Setting("Epochs before the first comparison.", in: 1...100_000)
    var minimumEpochs = 1
    @Setting("Epochs between comparisons.", in: 1...100_000)
    var interval = 1
    @Setting("Earlier trials that a comparison needs.", in: 1...100_000)
    var minimumTrials = 5
  }

  static let card = MethodCard(
    id: "median-stopping", title: "Median stopping",
    paper: "Golovin et al., Google Vizier: a service for black-box optimization, KDD 2017",
    deviations: [
      "A trial is compared with those of lower numbers, not with those that were completed before, "
        + "so that verdicts do not depend on timing."
    ])

  private let hyperparameters: Hyperparameters
  private let epochs: Int

  init(_ hyperparameters: Hyperparameters, epochs: Int) {
    self.hyperparameters = hyperparameters
    self.epochs = epochs
  }

  func verdicts(on trials: [TrialCurve]) -> [TrialVerdict] {
    let rungs = Array(
      stride(from: hyperparameters.minimumEpochs, to: epochs, by: hyperparameters.interval))
    var earlier = rungs.map { _ in Averages() }
    return trials.map { trial in
      let verdict = verdict(on: trial, rungs: rungs, earlier: earlier)
      for (index, rung) in rungs.enumerated() {
        earlier[index].add(trial, after: rung, verdict)
      }
      return verdict
    }
  }

  private func verdict(on trial: TrialCurve, rungs: [Int], earlier: [Averages]) -> TrialVerdict {
    for (rung, earlier) in zip(rungs, earlier) {
      if trial.hasEnded, trial.values.count <= rung { break }
      guard trial.isKnown(after: rung), earlier.areKnown else { return .train(epochs: rung) }
      guard earlier.sorted.count >= hyperparameters.minimumTrials else { continue }
      let best = trial.values.prefix(rung).compactMap { $0 }.max() ?? -.infinity
      if best < earlier.median { return .prune(after: rung) }
    }
    return .train(epochs: epochs)
  }

  /// The running averages of the trials seen so far, up to one epoch.
  private struct Averages {
    /// Whether no trial is still on its way to the epoch.
    var areKnown = true
    var sorted: [Double] = []

    /// - Precondition: there is an average.
    var median: Double {
      let middle = sorted.count / 2
      return sorted.count.isMultiple(of: 2)
        ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    mutating func add(_ trial: TrialCurve, after rung: Int, _ verdict: TrialVerdict) {
      switch verdict {
      case .prune(let last) where last < rung: return
      case .train where !trial.isKnown(after: rung): return areKnown = false
      case .train where trial.hasFailed && trial.values.count < rung: return
      default: break
      }
      let values = trial.values.prefix(rung).compactMap { $0 }
      guard !values.isEmpty else { return }
      let mean = values.reduce(0, +) / Double(values.count)
      sorted.insert(mean, at: sorted.firstIndex { $0 >= mean } ?? sorted.count)
    }
  }
}
