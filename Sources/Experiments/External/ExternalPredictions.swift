import Configuration
import Foundation
import Ranking
import Training

/// A folder of predictions made by another program, to be evaluated alongside our models.
///
/// | file | content |
/// | --- | --- |
/// | `predictions.json` | `dataset`: the fingerprint of the data; `scores`: `probability` or `log-odds`; `made`: the program or method that made the predictions; `selection`: how its settings were chosen |
/// | `validation.npy`, `test.npy` | `[rows, tasks]`, in the order of the cache |
struct ExternalPredictions {
  /// The files, in the order in which they are hashed.
  private static let names = ["predictions.json", "validation.npy", "test.npy"]

  /// The fingerprint of the data set whose rows were predicted.
  let dataset: String
  /// The kind of scores.
  let scores: GivenPredictions.Scores
  /// The program or method that made the predictions, in words.
  let made: String
  /// How settings were chosen, in words.
  let selection: String
  /// The digest of all files.
  let digest: String

  private let folder: String

  /// Reads the description in a folder, and computes the digest of its files.
  ///
  /// - Throws: ``Diagnostic`` that names the file and what is wrong with it.
  init(folder: String) throws {
    self.folder = folder
    var digests: [String] = []
    var description = Data()
    for name in Self.names {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
        throw Diagnostic(unreadable: "\(folder)/\(name)")
          .adding("predictions are \(Self.names.joined(separator: ", "))")
      }
      if name == Self.names[0] { description = data }
      digests.append("\(name) \(Digest(of: [UInt8](data)))")
    }
    digest = Digest(of: digests.joined(separator: "\n")).description
    do {
      let fields = try ConfigurationFields(
        ConfigurationValue(json: String(decoding: description, as: UTF8.self)),
        keys: ["dataset", "made", "scores", "selection"])
      dataset = try fields("dataset", String.self)
      scores = try fields("scores", GivenPredictions.Scores.self)
      made = try fields("made", String.self)
      selection = try fields("selection", String.self)
    } catch let error as Diagnostic { throw error.at("\(folder)/\(Self.names[0])") }
  }

  /// Copies the files into a new folder.
  func copy(to target: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    } catch { throw Diagnostic(cannot: "create the folder", target) }
    for name in Self.names {
      try AtomicFile.write("\(target)/\(name)", bytes: try AtomicFile.read("\(folder)/\(name)"))
    }
  }

  /// Evaluates the predictions on the validation split.
  ///
  /// - Throws: ``Diagnostic`` that names the file and what is wrong with it.
  func evaluate(on split: ValidationSplit) throws -> MetricGrid {
    try GivenPredictions(contentsOf: "\(folder)/validation.npy", scores: scores)
      .evaluate(on: split)
  }

  /// Evaluates the predictions on the test split, like the validation split.
  func evaluate(on split: TestSplit) throws -> MetricGrid {
    try GivenPredictions(contentsOf: "\(folder)/test.npy", scores: scores).evaluate(on: split)
  }

  /// Checks that the predictions are for the rows of a data set.
  ///
  /// - Throws: ``Diagnostic``.
  func check(dataset fingerprint: String) throws {
    guard dataset == fingerprint else {
      throw Diagnostic(
        "\(folder): the predictions are of the data set \(dataset.prefix(12)), but the experiment "
          + "is on \(fingerprint.prefix(12))")
    }
  }

  /// The notes on the predictions in a record.
  var notes: [String] {
    [
      "external: the predictions were made outside of this program and are only measured here. "
        + "Made by: \(made). Settings chosen by: \(selection)."
    ]
  }
}

extension RunConfiguration {
  /// The placeholder for a model's id in runs of external predictions.
  static let externalModel = "external"

  /// Creates the configuration of a run that evaluates external predictions.
  init(external predictions: ExternalPredictions, dataset: String, seed: Int) {
    self.init(
      model: Self.externalModel, settings: ["predictions": .string(predictions.digest)],
      training: [:], dataset: dataset, seed: seed)
  }

  /// Whether the run evaluates external predictions.
  public var isExternal: Bool { model == Self.externalModel }
}

extension RunDirectory {
  /// The folder of external predictions, in a run that evaluates such predictions.
  var predictionsPath: String { "\(path)/predictions" }
}

extension TrainingRunExecutor {
  /// Evaluates external predictions.
  func judge(_ configuration: RunConfiguration, in directory: RunDirectory) throws -> RunRecord {
    let predictions = try ExternalPredictions(folder: directory.predictionsPath)
    let expected = RunConfiguration(
      external: predictions, dataset: configuration.dataset, seed: configuration.seed)
    guard expected == configuration else {
      throw Diagnostic(
        "\(directory.predictionsPath): the files are not those that the run was made for")
    }
    try predictions.check(dataset: dataset.fingerprint)
    return RunRecord(
      configuration: configuration, deviations: [], notes: predictions.notes, parameterCount: 0,
      course: RunRecord.Course(
        steps: 0, epochs: 0, stoppedEarly: false, bestStep: 0, bestEpoch: 0, trainingLoss: [],
        validationScore: []),
      validation: try predictions.evaluate(on: dataset.validation),
      test: try predictions.evaluate(on: dataset.test), ceilings: dataset.ceilings,
      timing: RunRecord.Timing(secondsPerEpoch: 0, rowsPerSecond: 0), provenance: .current())
  }
}
