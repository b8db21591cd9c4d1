import Configuration
import Training

/// Something that a run has a value of, by which runs are filtered, sorted and shown.
///
///     id, state, model, seed, …         see ``RunField/fixed``
///     settings.NAME, training.NAME      a setting of the model, of the trainer
///     test.METRIC, validation.METRIC    a number of the record, such as test.auc/macro
package struct RunField: Sendable {
  /// The name.
  package let name: String
  /// A few words on the value; empty for settings and metrics.
  package let explanation: String
  /// The values that the field can have.
  let kind: Kind
  private let read: @Sendable (StoredRun) -> [ConfigurationValue?]

  /// What kind of value a field has, which decides what it can be compared with.
  enum Kind: Sendable, Equatable {
    /// A number.
    case number
    /// True or false.
    case flag
    /// One of several names.
    case choice([String])
    /// A text that is equal to any beginning of it.
    case identifier
    /// A text, or what a setting has.
    case any
  }

  private init(
    _ name: String, _ explanation: String = "", _ kind: Kind = .any,
    _ read: @escaping @Sendable (StoredRun) -> ConfigurationValue?
  ) {
    (self.name, self.explanation, self.kind) = (name, explanation, kind)
    self.read = { [read($0)] }
  }

  private init(
    _ name: String, _ explanation: String, _ kind: Kind = .any,
    ofPlaces read: @escaping @Sendable (StoredRun.Place) -> ConfigurationValue
  ) {
    (self.name, self.explanation, self.kind) = (name, explanation, kind)
    self.read = { $0.places.map(read) }
  }

  /// Returns the values of a run: none if it is not defined for the run, several if the run has
  /// several places in experiments.
  package func values(of run: StoredRun) -> [ConfigurationValue] {
    var values: [ConfigurationValue] = []
    for case let value? in read(run) where value != .null && !values.contains(value) {
      values.append(value)
    }
    return values
  }

  /// The fields that every run can have.
  package static let fixed: [RunField] = [
    RunField("id", "the name of the run, or its first digits", .identifier) {
      .string($0.id)
    },
    RunField(
      "state", "done, failed, pruned, excluded, incomplete, running or damaged",
      .choice(RunStore.State.allCases.map(\.rawValue).filter { $0 != "absent" })
    ) {
      .string($0.state.rawValue)
    },
    RunField("model", "the id of the model") { .string($0.configuration.model) },
    RunField("seed", "the random seed", .number) { .integer($0.configuration.seed) },
    RunField("dataset", "the fingerprint of the data, or its first digits", .identifier) {
      .string($0.configuration.dataset)
    },
    RunField("semantics", "the version of the computation", .number) {
      .integer($0.configuration.semantics)
    },
    RunField("row", "the row of a table", ofPlaces: { .string($0.row) }),
    RunField(
      "purpose", "search, result or warm-start",
      .choice(Plan.Purpose.allCases.map(\.rawValue)), ofPlaces: { .string($0.purpose.rawValue) }),
    RunField("trial", "the number of the trial", .number, ofPlaces: { .integer($0.trial) }),
    RunField("parameters", "the number of trained parameters", .number) {
      ($0.record?.parameterCount ?? $0.outcome?.pause?.parameterCount).map { .integer($0) }
    },
    RunField("steps", "the optimizer steps done", .number) {
      ($0.record?.course.steps ?? $0.outcome?.pause?.steps).map { .integer($0) }
    },
    RunField("epochs", "the same in epochs", .number) {
      ($0.record?.course.epochs ?? ($0.outcome?.pause?.epochs).map(Double.init)).map { .number($0) }
    },
    RunField("bestStep", "the step of the kept weights", .number) {
      $0.record.map { .integer($0.course.bestStep) }
    },
    RunField("bestEpoch", "the same in epochs", .number) {
      $0.record.map { .number($0.course.bestEpoch) }
    },
    RunField("stoppedEarly", "whether training ended for lack of improvement", .flag) {
      $0.record.map { .bool($0.course.stoppedEarly) }
    },
    RunField("secondsPerEpoch", "wall time of an epoch", .number) {
      $0.record.map { .number($0.timing.secondsPerEpoch) }
    },
    RunField("rowsPerSecond", "training rows per second", .number) {
      $0.record.map { .number($0.timing.rowsPerSecond) }
    },
    RunField("date", "when the run ended, UTC") {
      ($0.outcome?.provenance?.date).map { .string($0) }
    },
    RunField("commit", "the commit of the source", .identifier) {
      ($0.outcome?.provenance?.commit).map { .string($0) }
    },
    RunField("processor", "the processor") {
      ($0.outcome?.provenance?.processor).map { .string($0) }
    },
    RunField("failure", "why the run failed, or the trial is excluded") {
      ($0.outcome?.failure?.message ?? $0.outcome?.exclusion?.reason).map { .string($0) }
    },
  ]

  /// Finds a field.
  ///
  /// - Parameter runs: The runs whose settings, tasks and scenarios can be named.
  /// - Throws: ``Diagnostic`` with the nearest name if there is none. A metric of a task or scenario
  ///   must be one of some run, unless none has any metrics.
  package init(_ name: String, among runs: [StoredRun]) throws {
    if let field = Self.fixed.first(where: { $0.name == name }) {
      self = field
      return
    }
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    let (kind, rest) = (parts.first ?? "", parts.count == 2 ? parts[1] : "")
    if kind == "test" || kind == "validation", !rest.isEmpty {
      @Sendable func grid(_ run: StoredRun) -> MetricGrid? {
        kind == "test" ? run.record?.test : run.record?.validation
      }
      let metric = try locating(kind) {
        let metric = try MetricName(rest)
        try metric.check(againstAnyOf: runs.lazy.compactMap(grid))
        return metric
      }
      self.init(name, "", .number) { run in grid(run)?[metric].map { .number($0) } }
      return
    }
    let settings = Self.settingNames(of: runs)
    guard settings.contains(name) else {
      throw Diagnostic.unknown(
        "field", name,
        accepted: Self.fixed.map(\.name) + settings + ["test.auc/macro", "validation.auc/macro"])
    }
    self.init(name) {
      kind == "settings" ? $0.configuration.settings[rest] : $0.configuration.training[rest]
    }
  }

  /// The fields of all settings that some runs have, by name: those of models, then those of the
  /// trainer.
  package static func settingNames(of runs: [StoredRun]) -> [String] {
    func names(_ kind: String, _ settings: (RunConfiguration) -> [String: ConfigurationValue])
      -> [String]
    {
      Set(runs.flatMap { settings($0.configuration).keys }).sorted().map { "\(kind).\($0)" }
    }
    return names("settings", \.settings) + names("training", \.training)
  }
}

extension MetricName {
  /// Checks that one of several grids has the task and the scenario of the name.
  ///
  /// - Throws: ``Diagnostic`` with the nearest name if there are grids, but none has it.
  fileprivate func check(againstAnyOf grids: some Sequence<MetricGrid>) throws {
    var known: [MetricName] = []
    for grid in grids {
      let names = grid.names(of: metric)
      if names.contains(self) { return }
      // Most grids of a store are alike.
      if !names.elementsEqual(known.prefix(names.count)) {
        known += names.filter { !known.contains($0) }
      }
    }
    guard !known.isEmpty else { return }
    throw Diagnostic.unknown("metric", description, accepted: known.map(\.description))
  }
}
