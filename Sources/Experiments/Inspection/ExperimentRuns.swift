import Configuration

/// A data set of a ``DataGrid``.
package struct NamedDataset: Sendable {
  /// The fingerprint of the data.
  package let fingerprint: String
  /// The name of the cell.
  package let name: String

  /// Creates it.
  package init(fingerprint: String, name: String) {
    (self.fingerprint, self.name) = (fingerprint, name)
  }
}

/// The runs of an experiment that can be named now, among some that are known.
struct ExperimentRuns {
  /// The places of each run in the experiment, by id.
  private(set) var places: [String: [StoredRun.Place]] = [:]
  /// How trials ended that are not trained to their end, by id.
  private(set) var unfinished: [String: RunOutcome] = [:]
  /// The data sets on which the experiment has runs, but not all can be named yet, since a search is
  /// not over or the record of a trial is missing.
  private(set) var openDatasets: Set<String> = []
  /// The number of places in the experiment on the data sets so far.
  private var placeCount = 0

  /// Derives the plan on every data set that runs were made on.
  ///
  /// - Parameters:
  ///   - plan: Returns the plan on the data with a fingerprint.
  ///   - runs: The known runs.
  ///   - cells: The data sets of a ``DataGrid`` in its order.
  /// - Throws: ``Diagnostic`` if the plan cannot be derived on any data set.
  init(
    of plan: (_ dataset: String) throws -> Plan, among runs: RunCollection,
    cells: [NamedDataset] = []
  ) throws {
    var error: (any Error)?
    var hasPlan = false
    let datasets = Set(runs.runs.map(\.configuration.dataset))
    let unnamed = datasets.subtracting(cells.map(\.fingerprint)).sorted()
    for (dataset, cell) in cells.map({ ($0.fingerprint, $0.name) }) + unnamed.map({ ($0, nil) })
    where datasets.contains(dataset) {
      do {
        try add(try plan(dataset), on: dataset, cell: cell, among: runs)
        hasPlan = true
      } catch let failure {
        // Predictions that were handed in, for example, are of one data set only.
        error = error ?? failure
      }
    }
    if let error, !hasPlan { throw error }
  }

  private mutating func add(
    _ plan: Plan, on dataset: String, cell: String?, among runs: RunCollection
  ) throws {
    func outcome(_ id: String) -> RunOutcome? {
      runs.known(id)?.outcome.flatMap { $0.isFinal ? $0 : nil }
    }
    func pause(_ id: String) throws -> RunPause? {
      guard let run = runs.known(id) else { return nil }
      return try run.outcome?.pause ?? run.directory?.pause()
    }
    let named = try plan.runs(outcome: outcome, pause: pause)
    // On other data than its own, an experiment has no runs, though they can be named.
    guard named.contains(where: { runs.known($0.id) != nil }) else { return }
    let results = RunResults(outcome: outcome, pause: pause)
    for (order, run) in named.enumerated() {
      let settled = try results.settled(run)
      if let settled, !settled.isFinal { unfinished[run.id] = settled }
      places[run.id, default: []].append(
        StoredRun.Place(
          row: run.row, purpose: run.purpose, trial: run.trial, cell: cell,
          order: placeCount + order, outcome: settled))
    }
    for (index, warm) in plan.warmRuns.enumerated() {
      places[warm.record.id, default: []].append(
        StoredRun.Place(
          row: warm.row, purpose: .warmStart, trial: 0, cell: cell,
          order: placeCount + named.count + index, outcome: .done(warm.record)))
    }
    placeCount += named.count + plan.warmRuns.count
    if named.count < plan.finalCount { openDatasets.insert(dataset) }
  }
}

extension RunCollection {
  /// Keeps the runs of an experiment, and adds the places that they have in it and the trials that
  /// it excludes.
  ///
  /// - Parameters:
  ///   - plan: Returns the plan on the data with a fingerprint.
  ///   - cells: The data sets of a ``DataGrid`` in its order.
  /// - Returns: The fingerprints of the data sets on which the experiment has runs here.
  /// - Throws: ``Diagnostic`` if the plan cannot be derived for any data set.
  @discardableResult
  package mutating func keepRuns(
    of plan: (_ dataset: String) throws -> Plan, cells: [NamedDataset] = []
  ) throws -> [String] {
    let experiment = try ExperimentRuns(of: plan, among: self, cells: cells)
    var kept = runs.compactMap { run -> StoredRun? in
      experiment.places[run.id].map { places in
        var run = run
        run.places = places
        if let outcome = experiment.unfinished[run.id], run.outcome == nil {
          (run.outcome, run.state) = (outcome, outcome.state)
        }
        return run
      }
    }
    let unbegun = experiment.unfinished.filter { known($0.key) == nil }.sorted { $0.key < $1.key }
    kept += unbegun.map { id, outcome in
      StoredRun(outcome, id: id, places: experiment.places[id] ?? [])
    }
    replace(by: kept)
    return Set(kept.map(\.configuration.dataset)).sorted()
  }
}
