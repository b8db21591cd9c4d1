import Configuration
import Ranking

/// The measures of a model on one split: every task on every leaf scenario, and every task on all
/// its rows together.
///
/// The mean over scenarios (macro) and the value of all rows together (pooled) answer different
/// questions, since the pooled value also rewards knowing which scenario a row comes from. They
/// are never mixed.
public struct MetricGrid: Sendable, Equatable {
  /// The mean of a measure over scenarios or tasks.
  public struct Macro: Sendable, Equatable {
    /// The mean over what has the measure; nil where nothing has.
    public var mean: Double?

    /// The number of cells where the measure is not defined, and which the mean leaves out.
    public var undefinedCount: Int
  }

  /// How the mean over tasks and scenarios is taken.
  public enum MacroRule: Sendable {
    /// The mean over tasks of each task's mean over its defined scenarios: tasks weigh equally.
    case tasks
    /// The mean over all defined cells, by which a task weighs less the more of its cells are
    /// undefined. Runs of configuration semantics 1 were chosen by it.
    case cells
  }

  /// The names of the tasks.
  public let tasks: [String]

  /// The names of the leaf scenarios, as ``/Ranking/ScenarioTree/leafNames`` gives them.
  public let scenarios: [String]

  /// For every task, one cell per leaf scenario.
  public let cells: [[MetricCell]]

  /// For every task, the measures of all rows together.
  public let pooled: [MetricCell]

  /// How the mean over tasks and scenarios is taken.
  public var macroRule = MacroRule.tasks

  /// The ids of the metrics that any cell has, in increasing order.
  var ids: [String] {
    let forms = Set((cells + [pooled]).joined().lazy.map(\.ids))
    return Set(forms.joined()).sorted()
  }

  /// Whether any cell has a metric, be it defined on its rows or not.
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

  /// Returns the mean of a measure over tasks and scenarios: the mean over tasks of each task's mean
  /// over the scenarios where the measure is defined.
  ///
  /// A task without any such scenario is left out. See ``MacroRule`` for what older runs did.
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

  /// Returns the mean over tasks of the values of all rows of the task together.
  public func pooled(_ metric: Metric) -> Macro { Self.mean(pooled.map { $0[metric] }) }

  /// Returns the number with a name; nil where it is not defined.
  ///
  /// - Throws: ``Diagnostic`` where the grid has no such task or scenario.
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

/// The measures of the predictions of one task on some rows: one scenario, or all.
///
/// It has the metrics that it was measured or written with. A measure that is not defined on the rows
/// is nil, never a stand-in value.
public struct MetricCell: Sendable, Equatable {
  /// The number of rows that the task is defined on.
  public var rows: Int

  /// How many of them are positive.
  public var positives: Int

  /// The ids of the metrics that the cell has, in increasing order.
  let ids: [String]

  /// Their values.
  private let values: [Double?]

  /// Creates a cell that has some metrics; nil for those that are not defined on its rows.
  public init(rows: Int, positives: Int, values: [Metric: Double?] = [:]) {
    let sorted = values.sorted { $0.key.id < $1.key.id }
    self.init(
      rows: rows, positives: positives, ids: sorted.map(\.key.id), values: sorted.map(\.value))
  }

  /// - Precondition: there is a value for every id, and ids come in increasing order.
  init(rows: Int, positives: Int, ids: [String], values: [Double?]) {
    precondition(ids.count == values.count)
    self.rows = rows
    self.positives = positives
    self.ids = ids
    self.values = values
  }

  /// The value of a measure; nil where it is not defined, or the cell does not have it.
  public subscript(_ metric: Metric) -> Double? {
    ids.firstIndex(of: metric.id).flatMap { values[$0] }
  }

  /// Whether the cell has a metric, be it defined on its rows or not.
  public func has(_ metric: Metric) -> Bool { ids.contains(metric.id) }

  /// The ids and values in increasing order of the ids.
  var measures: some Sequence<(String, Double?)> { zip(ids, values) }
}

extension ValidationSplit {
  /// Checks that metrics are defined on the split, whatever a model predicts: that the rows they are
  /// taken over have both classes, and groups where groups are needed.
  ///
  /// - Throws: ``Diagnostic`` that says what the rows lack; ``Diagnostic`` where there is
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
      throw Diagnostic(
        "the metric '\(metric)' is not defined on the validation split: "
          + Validation.counts(in: grid, monitor: metric, hasGroups: table.groups != nil))
    }
  }
}
