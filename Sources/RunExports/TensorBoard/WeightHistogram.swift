import Training

/// The distribution of the elements of a tensor, as TensorBoard shows it: 30 intervals of equal
/// width between the smallest and the largest.
///
/// Elements that are not finite are left out. If all others are equal, there is one interval around
/// them; if there are none, one with a count of zero.
struct WeightHistogram {
  /// The smallest element.
  let minimum: Double
  /// The largest element.
  let maximum: Double
  /// The sum of the elements.
  let sum: Double
  /// The sum of their squares.
  let sumOfSquares: Double
  /// The upper bounds of the intervals.
  let limits: [Double]
  /// The number of elements in each interval.
  let counts: [Double]

  private static let intervalCount = 30

  /// Counts elements.
  init(_ elements: some Sequence<Float>) {
    let values = elements.lazy.filter(\.isFinite).map(Double.init)
    var (low, high, sum, squares) = (Double.infinity, -Double.infinity, 0.0, 0.0)
    for value in values {
      (low, high) = (min(low, value), max(high, value))
      sum += value
      squares += value * value
    }
    if low > high { (low, high) = (0, 0) }
    (minimum, maximum, self.sum, sumOfSquares) = (low, high, sum, squares)
    let width = (high - low) / Double(Self.intervalCount)
    // Too narrow to be divided: the bounds would not differ.
    guard low + width > low, high - width < high else {
      limits = [high.nextUp]
      counts = [Double(values.reduce(0) { count, _ in count + 1 })]
      return
    }
    limits = (1...Self.intervalCount).map {
      $0 == Self.intervalCount ? high : low + width * Double($0)
    }
    var counts = [Double](repeating: 0, count: Self.intervalCount)
    for value in values {
      counts[min(Self.intervalCount - 1, Int((value - low) / width))] += 1
    }
    self.counts = counts
  }

  /// Returns the histogram as a value of a summary.
  func summary(_ tag: String) -> ProtocolBuffer {
    var histogram = ProtocolBuffer()
    let numbers = [minimum, maximum, counts.reduce(0, +), sum, sumOfSquares]
    for (index, number) in numbers.enumerated() { histogram.append(index + 1, double: number) }
    histogram.append(6, doubles: limits)
    histogram.append(7, doubles: counts)
    var value = ProtocolBuffer()
    value.append(1, text: tag)
    value.append(5, message: histogram)
    return value
  }
}
