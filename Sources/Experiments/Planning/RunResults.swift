import Training

/// What is known of the runs of a plan; each is asked about once.
final class RunResults {
  private let findOutcome: (String) throws -> RunOutcome?
  private let findPause: (String) throws -> RunPause?
  private var outcomes: [String: RunOutcome?] = [:]
  private var pauses: [String: RunPause?] = [:]

  /// Creates results that are found by two functions; see ``Plan/runs(outcome:pause:)``.
  init(
    outcome: @escaping (String) throws -> RunOutcome?,
    pause: @escaping (String) throws -> RunPause?
  ) {
    findOutcome = outcome
    findPause = pause
  }

  private func outcome(_ id: String) throws -> RunOutcome? {
    if let known = outcomes[id] { return known }
    let found = try findOutcome(id)
    outcomes[id] = .some(found)
    return found
  }

  private func pause(_ id: String) throws -> RunPause? {
    if let known = pauses[id] { return known }
    let found = try findPause(id)
    pauses[id] = .some(found)
    return found
  }

  /// Returns how a run ended, according to its extent; nil if it has not.
  ///
  /// A pruned run counts as trained no further than the scheduler allowed, even if the store has
  /// more of it, so that a table does not depend on what else was computed in the store.
  func settled(_ run: Plan.Run) throws -> RunOutcome? {
    switch run.extent {
    case .whole: return try outcome(run.id)
    case .epochs(let epochs):
      guard let ended = try outcome(run.id) else { return nil }
      return ended.record.map { $0.course.epochs > Double(epochs) } == true ? nil : ended
    case .excluded(let reason):
      return .excluded(RunExclusion(configuration: run.configuration, reason: reason))
    case .pruned(let epochs):
      let ended = try outcome(run.id)
      if let record = ended?.record, record.course.epochs <= Double(epochs) { return ended }
      let known = try ended?.record.map(RunPause.init(of:)) ?? pause(run.id)
      if let known, known.epochs >= epochs { return .pruned(known.cut(after: epochs)) }
      return ended
    }
  }

  /// Returns the curve of a trial: the mean over its runs.
  func curve(of runs: [Plan.Run], round: Int, _ selection: Selection) throws -> TrialCurve {
    let higherIsBetter = selection.metric.metric.higherIsBetter != false
    let curves = try runs.map { run -> TrialCurve in
      if case .excluded = run.extent {
        return TrialCurve(round: round, values: [], kept: [], hasEnded: true, hasFailed: true)
      }
      let ended = try outcome(run.id)
      let known = try ended?.record.map(RunPause.init(of:)) ?? pause(run.id)
      return TrialCurve(
        round: round, values: known?.values ?? [],
        kept: known?.keptValues(higherIsBetter: higherIsBetter) ?? [], hasEnded: ended != nil,
        hasFailed: ended?.failure != nil)
    }
    return TrialCurve(meanOf: curves, sign: higherIsBetter ? 1 : -1)
  }
}

extension TrialCurve {
  /// Creates the curve of a trial from those of its runs.
  ///
  /// It is as long as that of the run that is behind; one that ended counts with its last score until
  /// the others end, and after one that failed there is no score. So what is known at a rung does not
  /// depend on which run came first.
  fileprivate init(meanOf runs: [TrialCurve], sign: Double) {
    let lengths = runs.map(\.values.count)
    let count =
      zip(runs, lengths).filter { !$0.0.hasEnded }.map(\.1).min() ?? lengths.max() ?? 0
    func mean(_ curve: KeyPath<TrialCurve, [Double?]>) -> [Double?] {
      (0..<count).map { epoch in
        var sum = 0.0
        for run in runs {
          let values = run[keyPath: curve]
          let value =
            epoch < values.count ? values[epoch] : run.hasFailed ? nil : run.kept.last ?? nil
          guard let value else { return nil }
          sum += sign * value
        }
        return sum / Double(runs.count)
      }
    }
    self.init(
      round: runs.first?.round ?? 0, values: mean(\.values), kept: mean(\.kept),
      hasEnded: runs.allSatisfy(\.hasEnded), hasFailed: runs.contains(where: \.hasFailed))
  }
}
