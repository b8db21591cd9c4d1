import Configuration
import Ranking

/// The measures of a model on one split, for every task on every leaf scenario and for every task
/// on all its rows together.
///
/// The mean over scenarios (macro) and the value on all rows together (pooled) answer different
/// questions, since the pooled value also rewards knowing which scenario a row comes from. The two
/// are never mixed.
public struct MetricGrid: Sendable, Equatable {
  /// The mean of a measure over scenarios or tasks.
  public struct Macro: Sendable, Equatable {
    /// The mean over the cells where the measure is defined; nil if there are none.
    public var mean: Double?

    /// The number of cells where the measure is undefined, which the mean leaves out.
    public var undefinedCount: Int
  }

  /// How the mean over tasks and scenarios is computed.
  public enum MacroRule: Sendable {
    /// The mean over tasks of each task's mean over its defined scenarios, so that tasks are
    /// weighted equally.
    case tasks
    /// The mean over all defined cells, in which a task has less weight the more of its cells are
    /// undefined. Runs of configuration semantics 1 were chosen by this mean.
    case cells
  }

  /// The names of the tasks.
  public let tasks: [String]

  /// The names of the leaf scenarios, as ``/Ranking/ScenarioTree/leafNames`` gives them.
  public let scenarios: [String]

  /// For every task, one cell per leaf scenario.
  public let cells: [[MetricCell]]

  /// For every task, the measures on all its rows together.
  public let pooled: [MetricCell]

  /// How the mean over tasks and scenarios is computed.
  public var macroRule = MacroRule.tasks

  /// The sorted ids of the metrics that any cell has.
  var ids: [String] {
    let forms = Set((cells + [pooled]).joined().lazy.map(\.ids))
    return Set(forms.joined()).sorted()
  }

  /// Returns whether any cell has a metric, even if undefined on its rows.
  public func has(_ metric: Metric) -> Bool {
    (cells + [pooled]).joined().contains { $0.has(metric) }
  }

  /// Creates a grid.
  ///
  /// - Precondition: there is a row of cells and a pooled cell per task, and a cell per scenario.
  public init(tasks: [String], scenarios: [String], cells: [[MetricCell]], pooled: [MetricCell]) {
    precondition(cells.count == tasks.count && pooled.count == tasks.count)
    precondition(cells.allSatisfy { $0.count == scenarios.count })
    self.tasks = tasks
    self.scenarios = scenarios
    self.cells = cells
    self.pooled = pooled
  }

  /// Returns the mean of a measure over tasks and scenarios: the mean over tasks of each task's
  /// mean over the scenarios where the measure is defined.
  ///
  /// A task without any such scenario is left out. See ``MacroRule`` for the rule of older runs.
  public func macro(_ metric: Metric) -> Macro {
    let ofTasks = tasks.indices.map { macro(metric, task: $0) }
    let values =
      macroRule == .tasks ? ofTasks.map(\.mean) : cells.flatMap { $0.map { $0[metric] } }
    return Macro(
      mean: Self.mean(values).mean,
      undefinedCount: ofTasks.reduce(0) { $0 + $1.undefinedCount })
  }

  /// Returns the mean of a measure over the scenarios of one task where it is defined.
  public func macro(_ metric: Metric, task: Int) -> Macro {
    Self.mean(cells[task].map { $0[metric] })
  }

  /// Returns the mean over tasks of the pooled value of each task.
  public func pooled(_ metric: Metric) -> Macro { Self.mean(pooled.map { $0[metric] }) }

  /// Returns the number with a name; nil if it is undefined.
  ///
  /// - Throws: ``Diagnostic`` if the grid has no such task or scenario.
  public func value(_ name: MetricName) throws -> Double? {
    func index(_ task: String) throws -> Int {
      guard let index = tasks.firstIndex(of: task) else {
        throw unknown(name, known: [.macro, .pooled] + tasks.map { .task($0) })
      }
      return index
    }
    switch name.scope {
    case .macro: return macro(name.metric).mean
    case .pooled: return pooled(name.metric).mean
    case .task(let task): return macro(name.metric, task: try index(task)).mean
    case .taskPooled(let task): return pooled[try index(task)][name.metric]
    case .cell(let task, let scenario):
      let row = cells[try index(task)]
      guard let column = scenarios.firstIndex(of: scenario) else {
        throw unknown(name, known: scenarios.map { .cell(task: task, scenario: $0) })
      }
      return row[column][name.metric]
    }
  }

  private func unknown(_ name: MetricName, known: [MetricScope]) -> Diagnostic {
    .unknown(
      "metric", name.description,
      accepted: known.map { MetricName(name.metric, $0).description })
  }

  private static func mean(_ values: [Double?]) -> Macro {
    let defined = values.compactMap { $0 }
    return Macro(
      mean: defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count),
      undefinedCount: values.count - defined.count)
  }
}

/// The measures of the predictions for one task on some rows: one scenario or all.
///
/// A cell has the metrics that it was measured or written with. A measure that is undefined on the
/// rows is nil, never a substitute value.
public struct MetricCell: Sendable, Equatable {
  /// The number of rows that the task is defined on.
  public var rows: Int

  /// The number of positive rows.
  public var positives: Int

  /// The sorted ids of the metrics that the cell has.
  let ids: [String]

  /// The values of the metrics.
  private let values: [Double?]

  /// Creates a cell with some metrics; nil for those that are undefined on its rows.
  public init(rows: Int, positives: Int, values: [Metric: Double?] = [:]) {
    let sorted = values.sorted { $0.key.id < $1.key.id }
    self.init(
      rows: rows, positives: positives, ids: sorted.map(\.key.id), values: sorted.map(\.value))
  }

  /// - Precondition: there is a value for every id, and ids are sorted.
  init(rows: Int, positives: Int, ids: [String], values: [Double?]) {
    precondition(ids.count == values.count)
    self.rows = rows
    self.positives = positives
    self.ids = ids
    self.values = values
  }

  /// The value of a measure; nil if it is undefined or the cell does not have it.
  public subscript(_ metric: Metric) -> Double? {
    ids.firstIndex(of: metric.id).flatMap { values[$0] }
  }

  /// Returns whether the cell has a metric, even if undefined on its rows.
  public func has(_ metric: Metric) -> Bool { ids.contains(metric.id) }

  /// The ids and values, sorted by id.
  var measures: some Sequence<(String, Double?)> { zip(ids, values) }
}

extension ValidationSplit {
  /// Checks that metrics are defined on the split, whatever a model predicts: that their rows have
  /// both classes, and groups if needed.
  ///
  /// - Throws: ``Diagnostic`` if the rows lack something, with what is missing, or if there is no
  ///   such task or scenario; an error if rows cannot be read.
  public func checkDefines(_ metrics: [MetricName]) throws {
    try LabelTable(reading: rows).checkDefines(metrics)
  }
}

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
