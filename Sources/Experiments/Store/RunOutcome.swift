import Configuration
import Training

/// How a run ended.
public indirect enum RunOutcome: Sendable, Equatable {
  /// It finished.
  case done(RunRecord)
  /// It failed, and is retried only on request.
  case failed(RunFailure)
  /// It is a trial that a scheduler pruned: it has paused, and does not continue.
  case pruned(RunPause)
  /// It is a trial that a constraint of the search excludes: it does not begin.
  case excluded(RunExclusion)

  /// The record of a finished run.
  public var record: RunRecord? { if case .done(let record) = self { record } else { nil } }

  /// The failure of a failed run.
  public var failure: RunFailure? { if case .failed(let failure) = self { failure } else { nil } }

  /// The result of a pruned trial.
  public var pause: RunPause? { if case .pruned(let pause) = self { pause } else { nil } }

  /// The violated constraint of a trial that does not begin.
  public var exclusion: RunExclusion? {
    if case .excluded(let exclusion) = self { exclusion } else { nil }
  }

  /// The configuration of the run.
  public var configuration: RunConfiguration {
    switch self {
    case .done(let record): record.configuration
    case .failed(let failure): failure.configuration
    case .pruned(let pause): pause.configuration
    case .excluded(let exclusion): exclusion.configuration
    }
  }

  /// The environment in which the run was made; nil if it did not begin.
  public var provenance: Provenance? {
    switch self {
    case .done(let record): record.provenance
    case .failed(let failure): failure.provenance
    case .pruned(let pause): pause.provenance
    case .excluded: nil
    }
  }
}

/// Why a run failed.
public struct RunFailure: Sendable, Equatable {
  /// The configuration of the run.
  public var configuration: RunConfiguration
  /// The error message.
  public var message: String
  /// The training step, if known.
  public var step: Int?
  /// The environment in which the run was made.
  public var provenance: Provenance

  /// Creates a failure.
  public init(
    configuration: RunConfiguration, message: String, step: Int? = nil, provenance: Provenance
  ) {
    self.configuration = configuration
    self.message = message
    self.step = step
    self.provenance = provenance
  }
}

/// Why a trial does not begin.
public struct RunExclusion: Sendable, Equatable {
  /// The configuration of the run.
  public var configuration: RunConfiguration
  /// The violated constraint, in words.
  public var reason: String

  /// Creates an exclusion.
  public init(configuration: RunConfiguration, reason: String) {
    self.configuration = configuration
    self.reason = reason
  }
}

extension RunOutcome {
  /// Reads the text of a file; returns the id in it, which is also the configuration's id.
  ///
  /// The metric grids, which make up most of the text, are parsed directly from it if they are
  /// canonical.
  ///
  /// - Parameter run: The run that the file is expected to describe: its configuration is compared
  ///   first, which is faster than computing an id.
  /// - Throws: ``Diagnostic``, as for a value.
  static func read(json text: String, of run: Plan.Run?) throws -> (outcome: RunOutcome, id: String)
  {
    var grids: [String: MetricGrid] = [:]
    let value = try JSONReader.read(text) { reader in
      try reader.value { key, reader in
        guard key == "test" || key == "validation", grids[key] == nil else { return nil }
        grids[key] = reader.attempt { try MetricGrid(canonical: &$0) }
        return grids[key] == nil ? nil : .null
      }
    }
    if let outcome = try RunOutcome(withoutRecord: value) {
      return (outcome, outcome.configuration.id)
    }
    let record = try RunRecord(value, grids: grids, run: run)
    let id = value["id"].flatMap(String.init(configuration:))
    return (.done(record), id ?? record.id)
  }

  /// The outcome as stored in a file; its canonical JSON is one line.
  public var value: ConfigurationValue {
    switch self {
    case .done(let record): record.value
    case .failed(let failure): failure.value
    case .pruned(let pause): pause.value
    case .excluded(let exclusion): exclusion.value
    }
  }

  /// Creates an outcome from the contents of a file.
  ///
  /// - Throws: ``Diagnostic`` if a member is missing, of the wrong type or unknown, a number is
  ///   impossible (an AUC above 1, more positives than rows), shapes do not agree, or the id does
  ///   not match the configuration.
  public init(_ value: ConfigurationValue) throws {
    self = try RunOutcome(withoutRecord: value) ?? .done(try RunRecord(value))
  }

  /// Creates an outcome that is not a record; nil if the value has none of the members by which they
  /// are recognized.
  private init?(withoutRecord value: ConfigurationValue) throws {
    if value["failure"] != nil {
      self = .failed(try RunFailure(value))
    } else if value["pausedAfter"] != nil {
      self = .pruned(try RunPause(value))
    } else if value["excluded"] != nil {
      self = .excluded(try RunExclusion(value))
    } else {
      return nil
    }
  }
}

extension RunFailure {
  var value: ConfigurationValue {
    .object([
      "configuration": configuration.value, "failure": .string(message),
      "id": .string(configuration.id), "provenance": provenance.value,
      "step": step.map { .integer($0) } ?? .null,
    ])
  }

  init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value, keys: ["configuration", "failure", "id", "provenance", "step"])
    self.init(
      configuration: try RunConfiguration(try fields.value("configuration")),
      message: try fields("failure", String.self), step: try fields.optionalCount("step"),
      provenance: try Provenance(try fields.value("provenance")))
    try configuration.checkID(try fields("id", String.self))
  }
}

extension RunExclusion {
  var value: ConfigurationValue {
    .object([
      "configuration": configuration.value, "excluded": .string(reason),
      "id": .string(configuration.id),
    ])
  }

  init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(value, keys: ["configuration", "excluded", "id"])
    self.init(
      configuration: try RunConfiguration(try fields.value("configuration")),
      reason: try fields("excluded", String.self))
    try configuration.checkID(try fields("id", String.self))
  }
}
