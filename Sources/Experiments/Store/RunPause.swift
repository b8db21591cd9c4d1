import Configuration
import Foundation
import Training

/// The result of a run so far, when it paused at the end of an epoch, as a ``TrialScheduler`` asked.
///
/// It holds what schedulers compare: the curve of the monitored metric. The run folder has it as
/// `pause.json`, next to the checkpoint from which the run continues, and keeps it when the run has
/// ended. The run itself ends with a ``RunRecord``.
public struct RunPause: Sendable, Equatable {
  /// The configuration of the run.
  public var configuration: RunConfiguration
  /// The number of epochs done.
  public var epochs: Int
  /// The number of optimizer steps done.
  public var steps: Int
  /// The number of trained parameters.
  public var parameterCount: Int
  /// The monitored validation metric at every evaluation; nil if undefined.
  public var validationScore: [Double?]
  /// The environment of the run.
  public var provenance: Provenance

  /// Creates a pause.
  public init(
    configuration: RunConfiguration, epochs: Int, steps: Int, parameterCount: Int,
    validationScore: [Double?], provenance: Provenance
  ) {
    self.configuration = configuration
    self.epochs = epochs
    self.steps = steps
    self.parameterCount = parameterCount
    self.validationScore = validationScore
    self.provenance = provenance
  }

  /// Returns what a finished run would have had if it had paused at its last whole epoch.
  init(of record: RunRecord) {
    let course = record.course
    // Every epoch ends with an evaluation.
    let epochs = Int(min(course.epochs, Double(course.validationScore.count)))
    let stepsPerEpoch = Double(course.steps) / max(1, course.epochs)
    self.init(
      configuration: record.configuration, epochs: epochs,
      steps: Int(exactly: (stepsPerEpoch * Double(epochs)).rounded()) ?? course.steps,
      parameterCount: record.parameterCount, validationScore: course.validationScore,
      provenance: record.provenance)
  }

  /// Returns what the run would have if it had paused after fewer epochs.
  ///
  /// - Precondition: `0 < epochs <= self.epochs`.
  func cut(after epochs: Int) -> RunPause {
    var pause = self
    pause.epochs = epochs
    pause.steps = steps / self.epochs * epochs
    pause.validationScore = Array(validationScore.prefix(epochs * evaluationsPerEpoch))
    return pause
  }

  /// The share of the run's epochs that were trained.
  public var share: Double {
    guard let all = configuration.training["epochs"].flatMap(Int.init(configuration:)), all > 0
    else { return 1 }
    return min(1, Double(epochs) / Double(all))
  }

  private var evaluationsPerEpoch: Int {
    let setting = configuration.training["evaluationsPerEpoch"].flatMap(Int.init(configuration:))
    return max(1, min(setting ?? 1, steps / max(1, epochs)))
  }

  /// The monitored metric at the end of every epoch.
  var values: [Double?] {
    (0..<epochs).map { epoch in
      let index = (epoch + 1) * evaluationsPerEpoch - 1
      return index < validationScore.count ? validationScore[index] : nil
    }
  }

  /// The monitored metric that the run would end with, at the end of every epoch: of the best
  /// weights so far, or of the last, if it keeps those.
  ///
  /// - Parameter higherIsBetter: The direction of the metric.
  func keptValues(higherIsBetter: Bool) -> [Double?] {
    if configuration.training["keptWeights"] == .string(KeptWeights.last.rawValue) { return values }
    return (0..<epochs).map { epoch in
      let known = validationScore.prefix((epoch + 1) * evaluationsPerEpoch).compactMap { $0 }
      return higherIsBetter ? known.max() : known.min()
    }
  }
}

extension RunPause {
  /// The pause as stored in files.
  var value: ConfigurationValue {
    .object([
      "configuration": configuration.value, "id": .string(configuration.id),
      "parameterCount": .integer(parameterCount), "pausedAfter": .integer(epochs),
      "provenance": provenance.value, "steps": .integer(steps),
      "validationScore": .list(validationScore.map { $0.map { .number($0) } ?? .null }),
    ])
  }

  /// Creates a pause from the contents of a file.
  ///
  /// - Throws: ``Diagnostic`` if a member is missing, of the wrong type, unknown or impossible.
  init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value,
      keys: [
        "configuration", "id", "parameterCount", "pausedAfter", "provenance", "steps",
        "validationScore",
      ])
    self.init(
      configuration: try locating("configuration") {
        try RunConfiguration(try fields.value("configuration"))
      },
      epochs: try fields.count("pausedAfter"), steps: try fields.count("steps"),
      parameterCount: try fields.count("parameterCount"),
      validationScore: try optionalNumbers(try fields.list("validationScore")),
      provenance: try locating("provenance") { try Provenance(try fields.value("provenance")) })
    try configuration.checkID(try fields("id", String.self))
    guard epochs > 0, steps >= epochs,
      validationScore.count >= epochs * evaluationsPerEpoch
    else {
      throw Diagnostic(
        "has \(validationScore.count) validation scores for \(epochs) epochs of \(steps) steps")
    }
  }
}

extension RunDirectory {
  /// The file with the result of a run that has paused.
  public var pausePath: String { "\(path)/pause.json" }

  private var targetPath: String { "\(path)/target.json" }

  /// Returns the result of a run that has paused, or nil if it never has.
  ///
  /// - Throws: ``Diagnostic`` if the file is damaged, or belongs to another run than the folder.
  public func pause() throws -> RunPause? { try text(pausePath).map(pause) }

  func pause(_ text: String) throws -> RunPause {
    try locating(pausePath) {
      let pause = try RunPause(try ConfigurationValue(json: text))
      let expected = try configuration().id
      guard pause.configuration.id == expected else {
        throw Diagnostic(
          "is of the run \(pause.configuration.id), but lies in the folder of \(expected)")
      }
      return pause
    }
  }

  /// Writes the result of a run that pauses.
  func write(_ pause: RunPause) throws {
    try AtomicFile.write(pausePath, bytes: (pause.value.canonicalJSON + "\n").utf8)
  }

  /// The number of epochs after which the run is to pause; nil if it is to be trained to its end.
  ///
  /// - Throws: ``Diagnostic`` if the file is damaged.
  func target() throws -> Int? {
    guard let value = try value(targetPath) else { return nil }
    return try locating(targetPath) {
      try ConfigurationFields(value, keys: ["epochs"]).count("epochs")
    }
  }

  /// Whether the run has paused where it is to pause; false if that cannot be read.
  var hasReachedTarget: Bool {
    guard access(targetPath, F_OK) == 0, let target = try? target() else { return false }
    return (try? pause()).flatMap { $0 }.map { $0.epochs >= target } ?? false
  }

  /// Sets the number of epochs after which the run is to pause, nil for its end.
  func setTarget(_ epochs: Int?) throws {
    guard let epochs else {
      guard unlink(targetPath) == 0 || errno == ENOENT else {
        throw Diagnostic(cannot: "remove", targetPath)
      }
      return
    }
    let value = ConfigurationValue.object(["epochs": .integer(epochs)])
    try AtomicFile.write(targetPath, bytes: (value.canonicalJSON + "\n").utf8)
  }
}
