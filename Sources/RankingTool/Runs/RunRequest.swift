import Configuration
import Datasets
import Experiments
import Foundation
import Training

/// What a command line asks to train.
struct RunRequest {
  /// The model; nil for that of the run to be resumed.
  let model: String?
  let assignments: SettingAssignments
  let seed: Int

  /// Checks the model and its settings.
  ///
  /// - Throws: ``Diagnostic``.
  func check() throws { if let model { _ = try resolve(model: model, dataset: "") } }

  /// Makes the folder of the run, or checks that it holds the run that is to be resumed, and that
  /// the run's precision is available.
  ///
  /// - Throws: ``Diagnostic``.
  func prepare(_ directory: RunDirectory, dataset: Dataset, resumes: Bool) throws {
    guard resumes else {
      if directory.state != .absent {
        throw Diagnostic(
          "\(directory.path) already holds a run (\(directory.state.rawValue)); give --resume to "
            + "continue it, or another --run-dir")
      }
      guard let model else { return }
      let configuration = try resolve(model: model, dataset: dataset.fingerprint)
      try TrainingOptions.checkPrecision(configuration.training)
      try directory.prepare(configuration)
      return
    }
    let found = try directory.configuration()
    if directory.state != .done { try found.checkSemanticsAreCurrent() }
    try TrainingOptions.checkPrecision(found.training)
    if let model {
      try directory.prepare(try resolve(model: model, dataset: dataset.fingerprint))
    }
    guard found.dataset == dataset.fingerprint else {
      throw Diagnostic(
        "\(directory.path) is a run on the data set \(found.dataset.prefix(12)), but "
          + "\(dataset.url.path) is \(dataset.fingerprint.prefix(12))")
    }
  }

  private func resolve(model: String, dataset: String) throws -> RunConfiguration {
    let entry = try RankingTool.catalog.entry(model)
    let (own, training) = try assignments.divided(
      model: entry.settings.map(\.name), training: TrainingOptions.settings.map(\.name))
    return RunConfiguration(
      model: model, settings: try entry.resolve(own),
      training: try TrainingOptions.resolve(training), dataset: dataset,
      seed: seed)
  }
}
