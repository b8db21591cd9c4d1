import ArgumentParser
import Datasets
import Experiments
import Foundation
import Training

/// The experiment that a command works on, and the location of its runs.
struct ExperimentOptions: ParsableArguments {
  @Argument(help: "The specification, a YAML file.")
  var spec: String

  @Option(help: "The folder of runs, which experiments may share.")
  var store = "runs"

  /// The settings of the trainer.
  static let training = SettingsSchema(trainer: TrainingOptions.self)

  /// Reads the specification.
  func specification() throws -> ExperimentSpecification { try Self.specification(spec) }

  /// Reads the specification in a file.
  static func specification(_ path: String) throws -> ExperimentSpecification {
    let specification = try ExperimentSpecification(
      contentsOf: path, catalog: RankingTool.catalog, training: training)
    specification.notes.forEach(StandardError.say)
    return specification
  }

  /// The folder that paths in the specification are relative to.
  private var folder: String { Self.folder(of: spec) }

  private static func folder(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }

  /// Returns the plan of the specification in a file as a function of the data's fingerprint, which
  /// needs no data.
  static func plan(_ path: String) throws -> (_ dataset: String) throws -> Plan {
    let specification = try specification(path)
    return { dataset in
      try Plan(
        specification, catalog: RankingTool.catalog, training: training, dataset: dataset,
        relativeTo: folder(of: path))
    }
  }

  /// The runs on disk.
  var runStore: RunStore { RunStore(at: store) }

  /// Opens the data of a specification, creating its cache first if it is missing.
  ///
  /// - Parameter verifyingDigests: Whether to verify every byte of the cache against its digests.
  func dataset(of specification: ExperimentSpecification, verifyingDigests: Bool = false) throws
    -> Dataset
  {
    let production = DatasetProduction()
    return try production.run {
      try specification.dataset.open(
        relativeTo: folder, verifyingDigests: verifyingDigests, note: StandardError.say
      ) { try production.report($0, of: nil, note: "making the data set") }
    }
  }

  /// Derives the runs of a specification.
  func plan(of specification: ExperimentSpecification, on dataset: Dataset) throws -> Plan {
    try Plan(
      specification, catalog: RankingTool.catalog, training: Self.training,
      on: dataset, relativeTo: folder)
  }
}
