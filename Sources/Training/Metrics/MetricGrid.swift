import Ranking

/// The measures of a model on one split: every task on every leaf scenario, and every task on all
/// its rows together.
///
/// The mean over cells (macro) and the value of all rows together (pooled) answer different
/// questions, since the pooled value also rewards knowing which scenario a row comes from. They
/// are never mixed.
public struct MetricGrid: Sendable, Equatable {
  /// The mean of a measure over cells.
  public struct Macro: Sendable, Equatable {
    /// The mean over the cells where the measure is defined; nil where there is none.
    public var mean: Double?

    /// The number of cells where it is not defined, and which the mean leaves out.
    public var undefinedCount: Int
  }

  /// The names of the tasks.
  public let tasks: [String]

  /// The names of the leaf scenarios.
  public let scenarios: [String]

  /// For every task, one cell per leaf scenario.
  public let cells: [[MetricCell]]

  /// For every task, the measures of all rows together.
  public let pooled: [MetricCell]

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

  /// Returns the mean of a measure over all cells, or over those of one task.
  public func macro(_ metric: Metric, task: Int? = nil) -> Macro {
    let values = (task.map { cells[$0] } ?? cells.flatMap { $0 }).map { $0[metric] }
    return Self.mean(values)
  }

  /// Returns the mean over tasks of the values of all rows of the task together.
  public func pooled(_ metric: Metric) -> Macro { Self.mean(pooled.map { $0[metric] }) }

  /// Returns the number with a name; nil where it is not defined.
  ///
  /// - Throws: ``ConfigurationError`` where the grid has no such task or scenario.
  public func value(_ name: MetricName) throws -> Double? {
    switch name.scope {
    case "macro": return macro(name.metric).mean
    case "pooled": return pooled(name.metric).mean
    default: break
    }
    for (index, task) in tasks.enumerated() {
      if name.scope == task { return macro(name.metric, task: index).mean }
      if name.scope == task + "/pooled" { return pooled[index][name.metric] }
      for (scenario, cell) in zip(scenarios, cells[index])
      where name.scope == "\(task)/\(scenario)" {
        return cell[name.metric]
      }
    }
    let known = ["macro", "pooled"] + tasks
    throw ConfigurationError.unknown(
      "metric", name.description, accepted: known.map { "\(name.metric.rawValue)/\($0)" })
  }

  private static func mean(_ values: [Double?]) -> Macro {
    let defined = values.compactMap { $0 }
    return Macro(
      mean: defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count),
      undefinedCount: values.count - defined.count)
  }
}
