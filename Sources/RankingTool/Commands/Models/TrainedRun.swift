import Configuration
import Datasets
import Experiments
import Foundation
import Ranking
import Training

/// The model of a finished run with its best weights.
struct TrainedRun {
  private let model: BuiltModel
  private let dataset: Dataset
  private let options: TrainingOptions
  private let seed: UInt64

  /// Builds the model and loads the weights.
  ///
  /// - Throws: ``Diagnostic`` if the folder holds no finished run, or one on another
  ///   data set; ``Diagnostic`` if the weights cannot be used.
  init(in directory: RunDirectory, on dataset: Dataset) throws {
    let configuration = try directory.configuration()
    guard !configuration.isExternal else {
      throw Diagnostic(
        "measures predictions that were handed in: the run has no model"
      ).at(directory.path)
    }
    guard access(directory.weightsPath, F_OK) == 0 else {
      let state = directory.state
      throw state == .done
        ? Diagnostic("the file is missing, though the run is done").at(directory.weightsPath)
        : Diagnostic("has no weights yet: the run is \(state.rawValue)").at(directory.path)
    }
    try locating(directory.path) { try configuration.checkIsOn(dataset) }
    seed = UInt64(bitPattern: Int64(configuration.seed))
    options = try TrainingOptions(overriding: configuration.training)
    model = try RankingTool.catalog.entry(configuration.model).build(
      configuration.settings, for: dataset.problem,
      seed: options.fixedSeeds.seed(of: .initialization, inRun: seed))
    let contents = try WeightFile.load(into: model, from: directory.weightsPath)
    if contents.isForeign {
      StandardError.say(
        "\(directory.weightsPath) was written by another program: its tensors fit the model, but no "
          + "checksum says whether it is whole")
    } else if contents.metadata["configuration"] != configuration.value.canonicalJSON {
      throw Diagnostic("holds the weights of another run").at(directory.weightsPath)
    }
    try TrainingOptions.checkPrecision(configuration.training)
    self.dataset = dataset
  }

  /// Evaluates the model on a split.
  func evaluation(on split: SplitChoice) throws -> Evaluation {
    switch split {
    case .validation: try evaluation(on: dataset.validation)
    case .test: try evaluation(on: dataset.test)
    }
  }

  /// Observes the gates and experts of the model on a split.
  ///
  /// - Parameter sampleSize: The greatest number of rows on which experts are compared.
  func inspection(on split: SplitChoice, sampleSize: Int) throws -> ExpertInspection {
    func inspection(on split: some EvaluationSplit) throws -> ExpertInspection {
      try model.inspectExperts(
        on: split, batchSize: options.evaluationBatchSize, sampleSize: sampleSize,
        precision: options.precision)
    }
    var found =
      switch split {
      case .validation: try inspection(on: dataset.validation)
      case .test: try inspection(on: dataset.test)
      }
    found.plantedGroups = dataset.plantedGroups
    return found
  }

  /// Compares the gradients of objectives on batches of the training split.
  func gradientConflict(among axis: BalanceAxis, batchCount: Int) throws -> GradientConflict {
    try model.gradientConflict(
      among: axis, on: dataset.training, options: options, batchCount: batchCount, seed: seed)
  }

  private func evaluation(on split: some EvaluationSplit) throws -> Evaluation {
    try model.evaluate(
      on: split, batchSize: options.evaluationBatchSize, precision: options.precision)
  }
}
