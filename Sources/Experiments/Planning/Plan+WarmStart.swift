import Configuration
import Foundation
import TensorCore

extension Plan {
  /// Lets the searches that ask for it learn from finished runs of the store (``WarmTrials``).
  ///
  /// The runs are chosen once, when a sweep begins, and written to a journal in the store, so that
  /// the same ones are used when the sweep is resumed, whatever has been added since.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - decides: Whether to choose the runs if they were not chosen before; otherwise such a search
  ///     learns from none.
  /// - Throws: ``Diagnostic`` if the journal is damaged or cannot be written, if a run in it is no
  ///   longer in the store, or if trials cannot be named.
  public mutating func warmStart(from store: RunStore, decides: Bool) throws {
    let journal = SearchJournal(of: specification.id, in: store)
    let dataset = dataset
    try learn { row, space, firstRound in
      var decision = try journal.warmStart(of: row.label, model: row.model, dataset: dataset)
      if decision == nil, decides {
        try createFolder(store.path)
        let own = Set(firstRound.map(\.id))
        decision = try journal.decide(
          SearchJournal.WarmStart(
            row: row.label, model: row.model, dataset: dataset,
            runs: try store.records(of: row, in: space, dataset: dataset).map(\.id)
              .filter { !own.contains($0) }))
      }
      return try (decision?.runs ?? []).map { id in
        guard let record = try store.outcome(id)?.record else {
          throw Diagnostic(
            "row '\(row.label)' was warm-started by the run \(id), which is no longer in "
              + "\(store.path): put it back, or delete the journal of the experiment to search anew"
          )
        }
        return record
      }
    }
  }
}

/// What a search may learn from before its first trial: finished runs of other experiments.
///
/// They have the model, the data and every setting of the row except those that are searched, so
/// they are points of its search space that happen to be known.
public struct WarmTrials: Sendable {
  /// The runs.
  let records: [RunRecord]
  /// The trials with their scores, of which each is the mean over the runs of its settings.
  ///
  /// They have negative numbers.
  public let trials: [FinishedTrial]

  /// Nothing.
  static let none = WarmTrials(records: [], trials: [])

  private init(records: [RunRecord], trials: [FinishedTrial]) {
    self.records = records
    self.trials = trials
  }

  init(_ records: [RunRecord], by selection: Selection) throws {
    func key(_ record: RunRecord) -> String {
      var configuration = record.configuration
      configuration.seed = 0
      return configuration.id
    }
    var trials: [FinishedTrial] = []
    for (_, runs) in Dictionary(grouping: records, by: key).sorted(by: { $0.key < $1.key }) {
      guard let configuration = runs.first?.configuration else { continue }
      let trial = Trial(
        number: -1 - trials.count, settings: configuration.settings,
        training: configuration.training)
      let scores = try selection.scores(
        of: runs.map { (trial.number, .done($0)) },
        runSeeds: runs.map(\.configuration.seed).sorted())
      trials.append(
        FinishedTrial(trial: trial, score: (scores[trial.number]?.value).map(selection.merit)))
    }
    self.init(records: records, trials: trials)
  }
}

extension RunStore {
  /// Returns the finished runs that are points of a row's search space, in the order of their names.
  ///
  /// Folders without a readable configuration or record are left out.
  fileprivate func records(of row: ExperimentRow, in space: SearchSpace, dataset: String) throws
    -> [RunRecord]
  {
    let base = try space.trial(0, of: row)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let found = concurrentMap(names.filter { !$0.hasPrefix(".") }.sorted()) {
      name -> RunRecord? in
      let directory = directory(name)
      guard let configuration = try? directory.configuration(), configuration.id == name,
        configuration.model == row.model, configuration.dataset == dataset,
        configuration.semantics == RunConfiguration.currentSemantics,
        agrees(
          configuration.settings, base.settings,
          except: space.model.searched(fixed: row.settings, also: row.search.model)),
        agrees(
          configuration.training, base.training,
          except: space.training.searched(fixed: row.training, also: row.search.training))
      else { return nil }
      return (try? directory.outcome())?.record
    }
    return found.compactMap { $0 }
  }
}

extension SettingsSchema {
  /// The names of the settings that a row searches.
  fileprivate func searched(
    fixed: [String: ConfigurationValue], also other: [String: SearchedSetting]
  ) -> Set<String> {
    Set(searchSpace.keys.filter { fixed[$0] == nil }).union(other.keys)
  }
}

/// Whether two sets of settings are equal except for some names.
private func agrees(
  _ a: [String: ConfigurationValue], _ b: [String: ConfigurationValue], except names: Set<String>
) -> Bool {
  Set(a.keys).union(b.keys).subtracting(names)
    .allSatisfy { a[$0]?.canonicalJSON == b[$0]?.canonicalJSON }
}
