import Configuration
import Experiments
import Training

/// One row of a report: its declaration, the chosen trial, and the runs that count.
struct ReportRow {
  /// The row of the specification.
  let declared: ExperimentRow
  /// The chosen trial; nil if no choice is possible, or not yet.
  let choice: Selection.Choice?
  /// The scores of the trials, by number.
  let scores: [Int: TrialScore]
  /// The scores of the trials that were trained furthest, among which one was chosen: those of all
  /// trials unless some were pruned.
  var comparableScores: [Int: TrialScore] {
    let furthest = scores.values.map(\.share).max()
    return scores.filter { $1.share == furthest }
  }

  /// The finished runs of the chosen trial, in the order of the specification's seeds.
  let records: [RunRecord]
  /// Their metrics on the test split, apart because records are large to copy.
  private let tests: [MetricGrid]
  /// The trials and repetitions that failed.
  let failures: [Results.Line]
  /// The trials that are neither done nor failed.
  let missingTrials: Int
  /// The repetitions that are neither done nor failed.
  let missingRepetitions: Int
  /// The number of finished runs from which the search learned.
  let warmStartCount: Int
  /// The runs of the trials that have ended.
  let trials: [Results.Line]
  /// The settings that differ among the row's trials.
  let tuned: Set<String>

  var label: String { declared.label }

  /// Whether the row has external predictions, which are only evaluated.
  var isExternal: Bool { declared.predictions != nil }

  /// Collects the results of a row.
  ///
  /// - Parameter lines: The runs of the row.
  /// - Throws: ``Diagnostic`` if a run is not requested by the specification.
  init(
    _ row: ExperimentRow, of specification: ExperimentSpecification, lines: [Results.Line]
  ) throws {
    declared = row
    let unstated = TrainingOptions.unstatedDefaults
    let (runSeeds, seeds) = (Set(row.search.runSeeds), Set(specification.seeds))
    for line in lines {
      try line.check(
        against: row, seeds: line.purpose == .search ? runSeeds : seeds, unstated: unstated)
    }
    let trials = lines.filter { $0.purpose == .search }
    missingTrials = row.budget - trials.count
    self.trials = trials
    warmStartCount = lines.count { $0.purpose == .warmStart }
    let scores = try specification.selection.scores(
      of: trials.map { ($0.trial, $0.outcome) }, runSeeds: row.search.runSeeds)
    self.scores = scores
    choice = missingTrials > 0 ? nil : specification.selection.choice(for: row, among: scores)
    let repetitions = lines.filter { [choice] in
      $0.purpose == .result && $0.trial == choice?.trial
    }
    let ofSeed = Dictionary(repetitions.map { ($0.seed, $0) }) { first, _ in first }
    records = specification.seeds.compactMap { ofSeed[$0]?.outcome.record }
    tests = records.map(\.test)
    failures = (trials + repetitions).filter { $0.outcome.failure != nil }
    missingRepetitions = specification.seeds.count - repetitions.count
    tuned = Self.varying(trials.map(\.outcome.configuration))
  }

  /// Returns the values of one metric on the test split, one per run; empty if it is undefined.
  func values(_ name: MetricName) throws -> [Double] {
    try tests.compactMap { try $0.value(name) }
  }

  /// Returns the value of one metric for every seed that has it.
  func valuesBySeed(_ name: MetricName) throws -> [(seed: Int, value: Double)] {
    try records.compactMap { record in
      try record.test.value(name).map { (record.configuration.seed, $0) }
    }
  }

  private static func varying(_ configurations: [RunConfiguration]) -> Set<String> {
    guard let first = configurations.first else { return [] }
    var names: Set<String> = []
    for configuration in configurations {
      for (name, value) in configuration.settings where first.settings[name] != value {
        names.insert("model/\(name)")
      }
      for (name, value) in configuration.training where first.training[name] != value {
        names.insert("training/\(name)")
      }
      for name in first.settings.keys where configuration.settings[name] == nil {
        names.insert("model/\(name)")
      }
      for name in first.training.keys where configuration.training[name] == nil {
        names.insert("training/\(name)")
      }
    }
    return names
  }
}

extension Results.Line {
  /// Checks that the run is requested by the specification, as far as its text shows.
  ///
  /// - Parameters:
  ///   - seeds: The seeds that the specification asks for.
  ///   - unstated: The values of trainer settings that it does not mention.
  fileprivate func check(
    against row: ExperimentRow, seeds: Set<Int>, unstated: [String: ConfigurationValue]
  ) throws {
    let configuration = outcome.configuration
    func refuse(_ sentence: String) -> Diagnostic {
      Diagnostic(
        "run \(configuration.id.prefix(8)) of '\(row.label)' \(sentence): "
          + "the results were made from another specification")
    }
    guard configuration.model == row.model else {
      throw refuse("is of the model '\(configuration.model)', not '\(row.model)'")
    }
    let seed = configuration.seed
    guard seeds.contains(seed) || purpose == .warmStart else {
      throw refuse("has the seed \(seed), which is not asked for")
    }
    guard (0..<row.trialCount).contains(trial) else {
      throw refuse("is of trial \(trial), but there are \(row.trialCount)")
    }
    for (fixed, used) in [
      (row.settings, { configuration.settings[$0] ?? row.unstatedSettings[$0] }),
      (row.training, { configuration.training[$0] ?? unstated[$0] }),
    ] as [([String: ConfigurationValue], (String) -> ConfigurationValue?)] {
      for (name, value) in fixed.sorted(by: { $0.key < $1.key }) {
        let found = used(name)
        guard found != value, found?.canonicalJSON != value.canonicalJSON else { continue }
        throw refuse("has \(name) \(found?.description ?? "unset"), not \(value.description)")
      }
    }
  }
}
