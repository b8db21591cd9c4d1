import Configuration
import Datasets
import Ranking
import Training

extension Plan {
  /// Derives the plan of an experiment on an open data set, and checks that the data set defines
  /// every metric that the specification names.
  ///
  /// - Throws: ``Diagnostic`` if trials do not fit the models, if the data set lacks a named task
  ///   or scenario, or if something is to be selected by validation metrics and there are no
  ///   validation rows.
  public init(
    _ specification: ExperimentSpecification, catalog: Catalog, training: SettingsSchema,
    on dataset: Dataset, relativeTo folder: String = "."
  ) throws {
    try specification.check(against: dataset.problem)
    try self.init(
      specification, catalog: catalog, training: training, dataset: dataset.fingerprint,
      problem: dataset.problem, relativeTo: folder)
    if dataset.validation.rows.rowCount == 0 { try checkThatNothingIsChosenByValidation() }
  }

  /// Checks as much as possible before the first run starts: that the models of the runs can be
  /// built for the data and trained with their settings, and that the selection metric is defined.
  ///
  /// Models are built once for all runs with the same settings, and rows are counted once for all
  /// settings that keep the same ones.
  ///
  /// - Throws: ``Diagnostic`` that names the row, or states what this process lacks.
  public func check(_ runs: [Run], on dataset: Dataset, catalog: Catalog) throws {
    var checked: Set<String> = []
    var countedShares: Set<String> = []
    for run in runs where !run.configuration.isExternal {
      var configuration = run.configuration
      configuration.seed = 0
      guard checked.insert(configuration.id).inserted else { continue }
      try TrainingOptions.checkPrecision(configuration.training)
      try locating(run.purpose == .search ? "\(run.row), trial \(run.trial)" : run.row) {
        let options = try configuration.checkModel(on: dataset, catalog: catalog)
        guard countedShares.insert(options.keptRowsKey).inserted else { return }
        try options.checkKeepsRows(of: dataset.training)
      }
    }
    guard runs.contains(where: { $0.purpose == .search }) else { return }
    try locating("selection.metric") {
      try dataset.validation.checkDefines([specification.selection.metric])
    }
  }
}

extension RunConfiguration {
  /// Checks that the run is on a data set.
  ///
  /// - Throws: ``Diagnostic`` with both fingerprints.
  package func checkIsOn(_ other: Dataset) throws {
    guard dataset != other.fingerprint else { return }
    throw Diagnostic(
      "the run is on the data set \(dataset.prefix(12)), but \(other.url.path) is "
        + "\(other.fingerprint.prefix(12))")
  }

  /// Checks that the model can be built for a data set and trained with the settings.
  ///
  /// The model is built with vocabularies of two ids, to avoid large tables.
  ///
  /// - Throws: ``Diagnostic``; an error if rows cannot be read, which happens only if the settings
  ///   leave out rows of single scenarios.
  package func check(on dataset: Dataset, catalog: Catalog) throws {
    try checkModel(on: dataset, catalog: catalog).checkKeepsRows(of: dataset.training)
  }

  /// Does the part of ``check(on:catalog:)`` that reads no rows, and returns the training settings.
  fileprivate func checkModel(on dataset: Dataset, catalog: Catalog) throws -> TrainingOptions {
    let model = try catalog.entry(model)
      .build(settings, for: dataset.problem.withVocabularies(of: 2), seed: 0)
    let options = try TrainingOptions(overriding: training)
    try options.check(for: model)
    return options
  }
}

extension ExperimentSpecification {
  /// Checks that a problem has every named task and scenario.
  ///
  /// - Throws: ``Diagnostic`` with the key and the nearest name.
  func check(against problem: Problem) throws {
    try locating("selection.metric") { try selection.metric.check(against: problem) }
    for value in published.flatMap(\.values) {
      try locating("published") { try value.metric.check(against: problem) }
    }
    for row in rows {
      guard case .string(let monitor)? = row.training["monitor"] else { continue }
      try locating("training.monitor of '\(row.label)'") {
        try MetricName(monitor).check(against: problem)
      }
    }
  }
}
