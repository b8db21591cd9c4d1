/// A measure of predictions against labels: its name, which values are good, and how it is computed
/// from the rows of a cell.
///
/// Every metric is a value in ``metricCatalog``. Two metrics are equal if their ids are.
public struct Metric: Sendable, Hashable, CustomStringConvertible {
  /// Which of two values is better.
  public enum Direction: Sendable, Equatable, CustomStringConvertible {
    /// The larger.
    case higher
    /// The smaller.
    case lower
    /// The one nearer to a target, so that neither higher nor lower is better.
    case target(Double)

    /// The direction in words.
    public var description: String {
      switch self {
      case .higher: "higher is better"
      case .lower: "lower is better"
      case .target(let value): "\(shortest(value)) is best"
      }
    }

    private func shortest(_ value: Double) -> String {
      Int(exactly: value).map(String.init) ?? "\(value)"
    }
  }

  /// The aspect of the predictions that determines the value.
  public enum Basis: String, Sendable {
    /// Only their order: adding a constant to all log-odds changes nothing.
    case order
    /// The probabilities.
    case probabilities
  }

  /// The rows that a value of a task is computed on.
  public enum Domain: String, Sendable {
    /// The rows on which the task is defined.
    case task
    /// Those of them on which the task that it follows is positive, such as the clicked rows for a
    /// conversion. The score of a row is then `log (p / q)`, where p is the predicted rate of the
    /// task and q that of the followed task: the logarithm of the conditional rate.
    case followedPositives
  }

  /// The name in records, specifications and metric names (see ``MetricName``).
  public let id: String

  /// The heading in tables.
  public let title: String

  /// An explanation of the value, in words.
  public let explanation: String

  /// The source of the measure: authors, venue and year.
  public let source: String

  /// Which values are good.
  public let direction: Direction

  /// The range of possible values, up to rounding.
  public let range: ClosedRange<Double>

  /// The aspect of the predictions that determines the value.
  public let basis: Basis

  /// Whether it is computed within groups of rows, so that it is undefined if the data has no
  /// groups.
  public let needsGroups: Bool

  /// The condition under which the value is nil, in words, such as "there are no rows".
  public let undefinedWhen: String

  /// The rows that it is computed on.
  public var domain = Domain.task

  /// Returns the value on the rows of a cell; nil if it is undefined.
  let compute: @Sendable (MeasuredRows) -> Double?

  /// Whether higher is better, or nil if neither higher nor lower is.
  public var higherIsBetter: Bool? {
    switch direction {
    case .higher: true
    case .lower: false
    case .target: nil
    }
  }

  /// The id.
  public var description: String { id }

  /// Whether the ids are equal.
  public static func == (a: Metric, b: Metric) -> Bool { a.id == b.id }

  /// Hashes the id.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
