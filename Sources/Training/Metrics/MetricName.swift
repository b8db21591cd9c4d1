import Configuration
import Ranking

/// The tasks and rows over which a number of a ``MetricGrid`` is computed.
public enum MetricScope: Sendable, Equatable {
  /// The mean over tasks of their means over scenarios.
  case macro
  /// The mean over tasks of the value on all rows of the task together.
  case pooled
  /// The mean over the scenarios of one task.
  case task(String)
  /// The value on all rows of one task together.
  case taskPooled(String)
  /// One task on one scenario, named as in ``MetricGrid/scenarios``.
  case cell(task: String, scenario: String)
}

/// The name of one number of a ``MetricGrid``.
///
///     auc/macro               mean over tasks of auc/<task>
///     auc/pooled              mean over tasks of auc/<task>/pooled
///     auc/<task>              mean over the defined scenarios of one task
///     auc/<task>/pooled       the value of all rows of one task together
///     auc/<task>/<scenario>   one cell; a scenario is named by its path, such as `north/airport`
///
/// and likewise for every other ``Metric``. A task or scenario that is itself called `macro` or
/// `pooled`, or contains `/` or `"`, is written in double quotes (see ``/Ranking/NamePath``):
/// `auc/"macro"` is the task, `auc/click/"pooled"` the scenario.
public struct MetricName: Sendable, Equatable, CustomStringConvertible {
  /// The measure.
  public let metric: Metric

  /// The scope over which it is computed.
  public let scope: MetricScope

  /// The full name.
  public var description: String { "\(metric.id)/\(scope.text)" }

  /// Creates a name.
  public init(_ metric: Metric, _ scope: MetricScope) {
    self.metric = metric
    self.scope = scope
  }

  /// Parses a name.
  ///
  /// - Throws: ``Diagnostic`` if the measure is unknown (with the nearest one) or quotes are not
  ///   closed.
  public init(_ text: String) throws {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let metric = parts.first.flatMap({ Metric.named(String($0)) }) else {
      throw Diagnostic.unknown(
        "metric", text, accepted: metricCatalog.map { "\($0)/macro" })
    }
    guard parts.count == 2, !parts[1].isEmpty else {
      throw Diagnostic.unknown(
        "metric", text, accepted: ["macro", "pooled", "<task>"].map { "\(metric.id)/\($0)" })
    }
    self.init(metric, try MetricScope(String(parts[1])))
  }

  /// Checks that either higher or lower values of the measure are better.
  ///
  /// - Throws: ``Diagnostic`` if neither are.
  func checkOrdered() throws {
    guard metric.higherIsBetter == nil else { return }
    throw Diagnostic(
      "\(self) cannot be watched, because neither more nor less of it is better")
  }

  /// Checks that a problem has the tasks and scenarios that the name refers to.
  ///
  /// - Throws: ``Diagnostic`` with the nearest name.
  public func check(against problem: Problem) throws {
    let tasks = problem.tasks.map(\.name)
    var known: [MetricScope] = [.macro, .pooled] + tasks.flatMap { [.task($0), .taskPooled($0)] }
    if known.contains(scope) { return }
    if case .cell(let task, _) = scope, tasks.contains(task) {
      known = problem.scenarios.leafNames.map { .cell(task: task, scenario: $0) }
      if known.contains(scope) { return }
    }
    throw Diagnostic.unknown(
      "metric", description, accepted: known.map { MetricName(metric, $0).description })
  }
}

extension MetricScope {
  /// Parses the part of a name after the measure.
  fileprivate init(_ text: String) throws {
    let names = try NamePath.names(in: text)
    let (task, rest) = (names[0], names.dropFirst())
    if rest.isEmpty {
      switch (task.name, task.isQuoted) {
      case ("macro", false): self = .macro
      case ("pooled", false): self = .pooled
      default: self = .task(task.name)
      }
    } else if rest.count == 1, let last = rest.last, last.name == "pooled", !last.isQuoted {
      self = .taskPooled(task.name)
    } else {
      self = .cell(task: task.name, scenario: NamePath.text(rest.map(\.name)))
    }
  }

  /// The part of a name after the measure.
  var text: String {
    switch self {
    case .macro: "macro"
    case .pooled: "pooled"
    case .task(let task): NamePath.text([task])
    case .taskPooled(let task): NamePath.text([task]) + "/pooled"
    case .cell(let task, let scenario): NamePath.text([task]) + "/" + scenario
    }
  }
}
