extension MetricGrid {
  /// The metrics that any cell has, in the order of ``metricCatalog``.
  package var metrics: [Metric] {
    let ids = Set(ids)
    return metricCatalog.filter { ids.contains($0.id) }
  }

  /// Returns the names of all numbers of a metric: the means over tasks, then for every task its
  /// mean over scenarios, its pooled value and its cells.
  package func names(of metric: Metric) -> [MetricName] {
    let ofTasks = tasks.flatMap { task -> [MetricScope] in
      [.task(task), .taskPooled(task)] + scenarios.map { .cell(task: task, scenario: $0) }
    }
    return ([.macro, .pooled] + ofTasks).map { MetricName(metric, $0) }
  }

  /// All numbers of the grid with their names; nil for those that are undefined.
  package var namedValues: [(name: MetricName, value: Double?)] {
    metrics.flatMap(names).map { name in
      // The names are made of the grid's own tasks and scenarios, so reading them cannot fail.
      (name, self[name])
    }
  }

  /// A number of the grid; nil if it is undefined, or if there is no such task or scenario, as in a
  /// grid of another problem.
  package subscript(_ name: MetricName) -> Double? { (try? value(name)) ?? nil }
}
