/// The metrics of one split: one value per task and scenario, and two summaries per task.
public struct MetricTable: Sendable, Equatable {
  /// The values of one metric; a value that the rows do not define is nil.
  public struct Values: Sendable, Equatable {
    /// The values of task and scenario.
    public var cells: [[Double?]]
    /// For every task, the mean over the scenarios that define the metric.
    public var macro: [Double?]
    /// For every task, the value over the rows of all scenarios taken together.
    public var pooled: [Double?]

    /// Creates values.
    public init(cells: [[Double?]], macro: [Double?], pooled: [Double?]) {
      self.cells = cells
      self.macro = macro
      self.pooled = pooled
    }
  }

  /// The names of the tasks.
  public var tasks: [String]

  /// The names of the scenarios.
  public var scenarios: [String]

  /// The number of rows of task and scenario that the task is defined on.
  public var rows: [[Int]]

  /// The number of those rows whose label is 1.
  public var positives: [[Int]]

  /// The values of every metric that was measured.
  public var values: [Metric: Values]

  /// Creates a table.
  public init(
    tasks: [String], scenarios: [String], rows: [[Int]], positives: [[Int]],
    values: [Metric: Values]
  ) {
    self.tasks = tasks
    self.scenarios = scenarios
    self.rows = rows
    self.positives = positives
    self.values = values
  }

  /// Returns one value; `column` is a scenario, or `macro` or `pooled`.
  public func value(_ metric: Metric, task: String, column: String) -> Double? {
    guard let values = values[metric], let task = tasks.firstIndex(of: task) else { return nil }
    switch column {
    case "macro": return values.macro[task]
    case "pooled": return values.pooled[task]
    default:
      guard let scenario = scenarios.firstIndex(of: column) else { return nil }
      return values.cells[task][scenario]
    }
  }
}
