import Configuration
import Training

extension Plan {
  /// How far a run is to be trained.
  public enum Extent: Sendable, Equatable {
    /// To its end.
    case whole
    /// Until the end of this epoch, counted from 1, where the run pauses until a scheduler decides.
    case epochs(Int)
    /// No further than to the end of this epoch: a scheduler has pruned the trial.
    case pruned(after: Int)
    /// Not at all: the trial violates a constraint of the search, given in words.
    case excluded(String)
  }
}

extension Plan.Extent {
  /// Creates the extent of a run of a trial with a verdict; an excluded trial remains excluded.
  init(_ verdict: TrialVerdict, of run: Plan.Run) {
    switch (run.extent, verdict) {
    case (.excluded(let reason), _): self = .excluded(reason)
    case (_, .train(let epochs)):
      self = epochs < (run.configuration.epochs ?? 0) ? .epochs(epochs) : .whole
    case (_, .prune(let epochs)): self = .pruned(after: epochs)
    }
  }

  /// The epochs after which the run pauses; nil if it is trained to its end.
  var target: Int? { if case .epochs(let epochs) = self { epochs } else { nil } }
}

extension Plan.Extent: Comparable {
  /// Whether less of the run is asked for.
  public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

  private var rank: Int {
    switch self {
    case .excluded: -1
    case .pruned: 0
    case .epochs(let epochs): epochs
    case .whole: .max
    }
  }
}

extension RunConfiguration {
  /// The largest number of epochs of the run.
  var epochs: Int? { training["epochs"].flatMap(Int.init(configuration:)) }
}

extension ExperimentRow {
  /// Returns the scheduler of the row's trials; nil if all are trained to their end, or if there is
  /// nothing to choose.
  ///
  /// - Throws: ``Diagnostic`` if trials of the row cannot be compared at rungs.
  func scheduler(_ selection: Selection, trials: [Trial]) throws -> (any TrialScheduler)? {
    guard budget > 0, !search.scheduler.trainsAll else { return nil }
    func refuse(_ sentence: String) -> Diagnostic {
      Diagnostic("row '\(label)' has the scheduler \(search.scheduler.id), \(sentence)")
    }
    let epochs = Set(trials.map { $0.training["epochs"].flatMap(Int.init(configuration:)) ?? 1 })
    guard epochs.count == 1, let epochs = epochs.first, search.training["epochs"] == nil else {
      throw refuse("so its trials must have the same epochs: fix epochs under training")
    }
    for trial in trials {
      guard case .string(let monitor)? = trial.training["monitor"],
        try MetricName(monitor) != selection.metric
      else { continue }
      throw refuse(
        "which compares trials by the metric that training monitors, \(monitor), but selection is "
          + "by \(selection.metric): name the same in training.monitor and selection.metric")
    }
    return try search.scheduler.scheduler(epochs: epochs)
  }
}
