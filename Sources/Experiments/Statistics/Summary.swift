/// The mean of some values and how far they spread.
public struct Summary: Sendable, Equatable {
  /// The number of values.
  public let count: Int
  /// The mean.
  public let mean: Double
  /// The sample standard deviation, with divisor n - 1; nil for fewer than two values.
  public let deviation: Double?

  /// Creates the summary; nil where there are no values.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    count = values.count
    self.mean = mean
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }
}
