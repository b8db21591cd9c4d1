import Ranking

extension ValidationSplit {
  /// Checks that metrics are defined on the split, whatever a model predicts: that the rows they are
  /// taken over have both classes, and groups where groups are needed.
  ///
  /// - Throws: ``TrainingError`` that says what the rows lack; ``ConfigurationError`` where there is
  ///   no such task or scenario; also what tells that rows cannot be read.
  public func checkDefines(_ metrics: [MetricName]) throws {
    var table = try LabelTable(rows)
    for start in stride(from: 0, to: rows.rowCount, by: 4096) {
      let range = start..<min(rows.rowCount, start + 4096)
      table.append(try rows.batch(rows: range.map(Int32.init)))
    }
    let grid = table.grid(
      logits: Array(repeating: 0, count: rows.rowCount * rows.problem.tasks.count),
      metrics: Set(metrics.map(\.metric)).map { $0 })
    for metric in metrics where try grid.value(metric) == nil {
      throw TrainingError(
        "the metric '\(metric)' is not defined on the validation split: "
          + Validation.counts(in: grid, monitor: metric, hasGroups: table.groups != nil))
    }
  }
}
