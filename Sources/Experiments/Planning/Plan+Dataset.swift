import Configuration
import Datasets
import Ranking
import Training

extension Plan {
  /// Derives the plan of an experiment on an open data set, and checks that the data has every metric
  /// that the specification names.
  ///
  /// - Throws: ``Diagnostic`` where trials do not fit the models, or a task or scenario is
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
  /// - Throws: ``Diagnostic`` that says what the split lacks.
  public func checkSelectionIsDefined(on validation: ValidationSplit) throws {
    guard rows.contains(where: { $0.budget > 0 }) else { return }
    try locating("selection.metric") { try validation.checkDefines([selection.metric]) }
  }

  /// Checks that a problem has every task and scenario that is named.
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
