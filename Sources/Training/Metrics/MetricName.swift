import Ranking

/// The name of one number of a ``MetricGrid``.
///
///     auc/macro               mean over the defined cells (task, scenario)
///     auc/pooled              mean over tasks of the value of all rows of the task together
///     auc/<task>              mean over the defined scenarios of one task
///     auc/<task>/pooled       the value of all rows of one task together
///     auc/<task>/<scenario>   one cell; a scenario is named by its path, such as `north/airport`
///
/// and likewise for every other ``Metric``.
public struct MetricName: Sendable, Equatable, CustomStringConvertible {
  /// The measure.
  public let metric: Metric

  /// What it is taken over: all that follows the first `/`.
  public let scope: String

  /// The name in full.
  public var description: String { "\(metric.rawValue)/\(scope)" }

  /// Creates a name.
  public init(_ metric: Metric, _ scope: String) {
    self.metric = metric
    self.scope = scope
  }

  /// Reads a name.
  ///
  /// - Throws: ``ConfigurationError`` where the measure is unknown, naming the nearest.
  public init(_ text: String) throws {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let known = Metric.allCases.map(\.rawValue)
    guard let metric = parts.first.flatMap({ Metric(rawValue: String($0)) }) else {
      throw ConfigurationError.unknown("metric", text, accepted: known.map { $0 + "/macro" })
    }
    guard parts.count == 2, !parts[1].isEmpty else {
      throw ConfigurationError.unknown(
        "metric", text, accepted: ["macro", "pooled", "<task>"].map { "\(metric.rawValue)/\($0)" })
    }
    self.init(metric, String(parts[1]))
  }

  /// Checks that larger or smaller values of the measure are better.
  ///
  /// - Throws: ``ConfigurationError`` where neither are.
  func checkOrdered() throws {
    guard metric.higherIsBetter == nil else { return }
    throw ConfigurationError(
      "\(self) cannot be watched, because neither more nor less of it is better")
  }

  /// Checks that the tasks and scenarios of a problem have the number.
  ///
  /// - Throws: ``ConfigurationError`` with the nearest name.
  public func check(against problem: Problem) throws {
    let tasks = problem.tasks.map(\.name)
    var known = ["macro", "pooled"] + tasks + tasks.map { $0 + "/pooled" }
    if known.contains(scope) { return }
    if let task = tasks.first(where: { scope.hasPrefix($0 + "/") }) {
      known = problem.scenarios.leafNames.map { "\(task)/\($0)" }
      if known.contains(scope) { return }
    }
    throw ConfigurationError.unknown(
      "metric", description, accepted: known.map { "\(metric.rawValue)/\($0)" })
  }
}
