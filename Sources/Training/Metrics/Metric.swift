/// A measure of predictions against labels: what it is called, which values are good, and how it is
/// computed from the rows of a cell.
///
/// A metric is a value in ``metricCatalog``. Two metrics are equal where their ids are.
public struct Metric: Sendable, Hashable, CustomStringConvertible {
  /// Which of two values is better.
  public enum Direction: Sendable, Equatable, CustomStringConvertible {
    /// The larger.
    case higher
    /// The smaller.
    case lower
    /// The nearer to a value, so that neither more nor less is better.
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

  /// What of the predictions decides the value.
  public enum Basis: String, Sendable {
    /// Their order alone: the same constant added to all log-odds changes nothing.
    case order
    /// The probabilities.
    case probabilities
  }

  /// The name in records, specifications and names of numbers (see ``MetricName``).
  public let id: String

  /// The heading in tables.
  public let title: String

  /// What the value is, in words.
  public let explanation: String

  /// Where the measure comes from: authors, venue and year.
  public let source: String

  /// Which values are good.
  public let direction: Direction

  /// The values that it can have, but for rounding.
  public let range: ClosedRange<Double>

  /// What decides the value.
  public let basis: Basis

  /// Whether it is taken within groups of rows, so that it is not defined where the data has none.
  public let needsGroups: Bool

  /// When the value is nil, in words: "there are no rows".
  public let undefinedWhen: String

  /// Returns the value on the rows of a cell; nil where it is not defined.
  let compute: @Sendable (MeasuredRows) -> Double?

  /// Whether more is better, or nil where neither more nor less is.
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
