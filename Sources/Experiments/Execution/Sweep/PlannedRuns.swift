import Configuration
import Foundation
import TensorCore

/// The runs that a plan names so far, with their states and outcomes in the store.
///
/// States are those of the latest look at the store; looks are spaced so that they take at most a
/// twentieth of the time. Outcomes of finished runs are read once. The plan is derived again only
/// when the state of a run that it depends on has changed.
struct PlannedRuns {
  private let plan: Plan
  private let store: RunStore
  private let retriesFailures: Bool
  /// The finished runs, by id.
  private(set) var records: [String: RunOutcome] = [:]
  /// The results of runs that have paused.
  private let pauses: PausedRuns
  /// Why the records of runs are unusable.
  private var damaged: [String: String] = [:]
  /// The runs that were started by this sweep, whose failures are therefore final.
  private var started: Set<String> = []
  /// The states of runs at the latest look.
  private var states: [String: RunStore.State] = [:]
  private var nextLook = ContinuousClock.now
  /// Whether a state has changed since the plan was last found to be up to date.
  private var hasChanges = true
  /// The runs of the most recently derived plan.
  private var lastKnown: [Plan.Run] = []
  /// Those of them that have not ended; nil if this must be determined again.
  private var lastOpen: [Plan.Run]?
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

  // MARK: States

  /// Looks at the states of all runs that have not ended, unless that was done a moment ago.
  mutating func lookIfDue() throws {
    let begin = ContinuousClock.now
    guard begin >= nextLook else { return }
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: store.path)) ?? [])
    for run in try known() where records[run.id] == nil && states[run.id] != .done {
      set(run.id, to: names.contains(run.id) ? lookedUp(run.id) : .absent)
    }
    // A run may have paused since without any change of its state.
    if lastKnown.contains(where: { $0.extent.target != nil }) {
      (hasChanges, lastOpen) = (true, nil)
    }
    nextLook = .now + max(.milliseconds(200), (.now - begin) * 20)
  }

  /// Looks at the state of one run.
  mutating func look(at id: String) { set(id, to: lookedUp(id)) }

  /// Returns the state of a run; a record known to be unusable counts as damaged.
  mutating func state(_ id: String) -> RunStore.State {
    if records[id] != nil { return .done }
    if let known = states[id] { return known }
    let state = lookedUp(id)
    states[id] = state
    return state
  }

  private func lookedUp(_ id: String) -> RunStore.State {
    damaged[id] == nil ? store.state(id) : .damaged
  }

  private mutating func set(_ id: String, to state: RunStore.State) {
    guard states.updateValue(state, forKey: id) != state else { return }
    hasChanges = true
    lastOpen = nil
  }

  // MARK: Runs

  /// The total number of runs once everything is done, as far as is known.
  mutating func total() throws -> Int { max(plan.finalCount, try known().count) }

  /// The distinct runs that the plan names so far.
  ///
  /// A run that is named twice has the greater extent.
  ///
  /// The plan is derived again when the state of a run that it depends on changes: a run of any
  /// trial up to the first open trial of a row; or when a run that is to pause has paused.
  mutating func known() throws -> [Plan.Run] {
    guard hasChanges else { return lastKnown }
    hasChanges = false
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
    lastOpen = nil
    return lastKnown
  }

  /// The known runs that have not ended, or that failed and are to be retried.
  mutating func open() throws -> [Plan.Run] {
    let known = try known()
    if let lastOpen { return lastOpen }
    let open = try known.filter { run in
      switch try state(of: run) {
      case .done, .pruned, .excluded, .damaged: false
      case .failed: isToBeRetried(run.id)
      case .incomplete: try !isWaitingForVerdict(run)
      case .absent, .running: true
      }
    }
    lastOpen = open
    return open
  }

  private mutating func observe(_ id: String) -> Observation {
    Observation(id: id, state: state(id), isToBeRetried: isToBeRetried(id))
  }

  /// Returns the state of a run of the plan, which may have pruned or excluded it.
  mutating func state(of run: Plan.Run) throws -> RunStore.State {
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

  // MARK: Outcomes

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
      set(id, to: .damaged)
      return nil
    }
    guard let outcome = found else { return nil }
    switch outcome {
    case .done:
      records[id] = outcome
      set(id, to: .done)
      return outcome
    default: return isToBeRetried(id) ? nil : outcome
    }
  }

  /// Reads the records of all finished runs that were not read yet; unusable ones are left out.
  mutating func readRecords() throws {
    let missing = try known().map(\.id).filter { records[$0] == nil && states[$0] == .done }
    let found = concurrentMap(missing) { id in try? store.outcome(id) }
    for (id, outcome) in zip(missing, found) {
      if let outcome, outcome.record != nil { records[id] = outcome }
    }
  }

  /// Returns why the record of a run is unusable; nil if it is not.
  func damage(_ id: String) -> String? { damaged[id] }

  // MARK: Retries

  /// Whether a failure of the run counts as if it had not been executed.
  func isToBeRetried(_ id: String) -> Bool { retriesFailures && !started.contains(id) }

  /// Makes a later failure of the run final.
  mutating func noteStart(of id: String) {
    started.insert(id)
    states[id] = .running
    (hasChanges, lastOpen) = (true, nil)
  }

  /// Takes back ``noteStart(of:)``: another process has the run.
  mutating func forgetStart(of id: String) {
    started.remove(id)
    (hasChanges, lastOpen) = (true, nil)
  }
}
