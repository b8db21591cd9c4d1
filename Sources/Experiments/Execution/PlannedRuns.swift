import Configuration

/// The runs that a plan names so far, with their states and outcomes in the store.
///
/// Outcomes of finished runs are read once. The plan is derived again only when the state of a run
/// that it depends on has changed.
struct PlannedRuns {
  private let plan: Plan
  private let store: RunStore
  private let retriesFailures: Bool
  /// The finished runs, by id.
  private var records: [String: RunOutcome] = [:]
  /// The results of runs that have paused.
  private let pauses: PausedRuns
  /// Why the records of runs are unusable.
  private var damaged: [String: String] = [:]
  /// The runs that were started by this sweep, whose failures are therefore final.
  private var started: Set<String> = []
  /// The runs of the most recently derived plan.
  private var lastKnown: [Plan.Run] = []
  /// The observations that this plan depended on; nil before the first plan.
  private var observations: [Observation]?

  /// The state of a run before its outcome was read.
  private struct Observation: Equatable {
    let id: String
    let state: RunStore.State
    let isToBeRetried: Bool
  }

  /// - Parameter retriesFailures: Whether runs that failed before count as not executed.
  init(of plan: Plan, in store: RunStore, retriesFailures: Bool) {
    self.plan = plan
    self.store = store
    self.retriesFailures = retriesFailures
    pauses = PausedRuns(in: store)
  }

  /// The total number of runs once everything is done, as far as is known.
  mutating func total() throws -> Int { max(plan.finalCount, try known().count) }

  /// The distinct runs that the plan names so far.
  ///
  /// A run that is named twice has the greater extent.
  ///
  /// The plan is derived again when the state of a run that it depends on changes: a run of any
  /// trial up to the first open trial of a row; or when a run that is to pause has paused.
  mutating func known() throws -> [Plan.Run] {
    if let observations, observations.allSatisfy({ $0 == observe($0.id) }),
      try lastKnown.allSatisfy({ try $0.extent.target == nil || !pauses.hasNews(of: $0.id) })
    {
      return lastKnown
    }
    var new: [Observation] = []
    let runs = try plan.runs(
      outcome: {
        new.append(observe($0))
        return try outcome($0)
      }, pause: pauses.report)
    var places: [String: Int] = [:]
    lastKnown = []
    for run in runs {
      if let place = places[run.id] {
        lastKnown[place].extent = max(lastKnown[place].extent, run.extent)
      } else {
        places[run.id] = lastKnown.count
        lastKnown.append(run)
      }
    }
    observations = new
    return lastKnown
  }

  private func observe(_ id: String) -> Observation {
    Observation(id: id, state: state(id), isToBeRetried: isToBeRetried(id))
  }

  /// Returns the state of a run of the plan, which may have pruned or excluded it.
  func state(of run: Plan.Run) throws -> RunStore.State {
    let own = state(run.id)
    switch run.extent {
    case .excluded: return .excluded
    case .pruned(let epochs):
      let isDone = records[run.id]?.record.map { $0.course.epochs <= Double(epochs) } == true
      if isDone { return .done }
      let hasFailed = try own == .failed && pauses.pause(run.id)?.epochs ?? 0 < epochs
      return hasFailed ? .failed : .pruned
    case .whole, .epochs: return own
    }
  }

  /// Returns the result of a run that has paused; nil if it never has.
  func pause(_ id: String) throws -> RunPause? { try pauses.pause(id) }

  /// Whether a run has paused where the plan asks it to, so that it waits for the next verdict.
  func isWaitingForVerdict(_ run: Plan.Run) throws -> Bool {
    guard let target = run.extent.target else { return false }
    return try pauses.pause(run.id).map { $0.epochs >= target } ?? false
  }

  /// Returns the state of a run; a record known to be unusable counts as damaged.
  func state(_ id: String) -> RunStore.State {
    if records[id] != nil { return .done }
    return damaged[id] == nil ? store.state(id) : .damaged
  }

  /// Returns how a run ended, or nil if it has not, if its record is damaged, or if it failed and
  /// is to be retried.
  mutating func outcome(_ id: String) throws -> RunOutcome? {
    if let known = records[id] { return known }
    if damaged[id] != nil { return nil }
    let found: RunOutcome?
    do { found = try store.outcome(id) } catch let error as Diagnostic
      where error.systemFailure == nil
    {
      damaged[id] = "\(error); to run it again, remove the folder"
      return nil
    }
    guard let outcome = found else { return nil }
    switch outcome {
    case .done:
      records[id] = outcome
      return outcome
    default: return isToBeRetried(id) ? nil : outcome
    }
  }

  /// Returns why the record of a run is unusable; nil if it is not.
  func damage(_ id: String) -> String? { damaged[id] }

  /// Whether a failure of the run counts as if it had not been executed.
  func isToBeRetried(_ id: String) -> Bool { retriesFailures && !started.contains(id) }

  /// Makes a later failure of the run final.
  mutating func noteStart(of id: String) { started.insert(id) }

  /// Takes back ``noteStart(of:)``: another process had the run.
  mutating func forgetStart(of id: String) { started.remove(id) }
}
