import Configuration
import Datasets
import Ranking
import Training

extension Plan {
  /// Derives the plan of an experiment on an open data set, and checks that the data has every metric
  /// that the specification names.
  ///
  /// - Throws: ``ConfigurationError`` where trials do not fit the models, or a task or scenario is
  ///   named that the data does not have, or where something is to be chosen by validation, of which
  ///   the data has no rows.
  public init(
    _ specification: ExperimentSpecification, catalog: Catalog, training: SettingsSchema,
    on dataset: Dataset
  ) throws {
    try specification.check(against: dataset.problem)
    try self.init(
      specification, catalog: catalog, training: training, dataset: dataset.fingerprint)
    if dataset.validation.rows.rowCount == 0 { try checkThatNothingIsChosenByValidation() }
  }
}

extension ExperimentSpecification {
  /// Checks that the metric that settings are chosen by has a value on the validation split, so that
  /// no trial is run in vain.
  ///
  /// - Throws: ``ConfigurationError`` that says what the split lacks.
  public func checkSelectionIsDefined(on validation: ValidationSplit) throws {
    guard rows.contains(where: { $0.budget > 0 }) else { return }
    do { try validation.checkDefines([selection.metric]) } catch let error as TrainingError {
      throw ConfigurationError("selection.metric: \(error)")
    }
  }

  /// Checks that a problem has every task and scenario that is named.
  ///
  /// - Throws: ``ConfigurationError`` with the key and the nearest name.
  func check(against problem: Problem) throws {
    func located(_ key: String, _ body: () throws -> Void) throws {
      do { try body() } catch let error as ConfigurationError { throw error.at(key) }
    }
    try located("selection.metric") { try selection.metric.check(against: problem) }
    for value in published.flatMap(\.values) {
      try located("published") { try value.metric.check(against: problem) }
    }
    for row in rows {
      guard case .string(let monitor)? = row.training["monitor"] else { continue }
      try located("training.monitor of '\(row.label)'") {
        try MetricName(monitor).check(against: problem)
      }
    }
  }
}
