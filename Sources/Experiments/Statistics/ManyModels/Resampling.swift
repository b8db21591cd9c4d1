import TensorCore

/// A bootstrap with a stated seed: statistics of samples drawn with replacement.
///
/// Sample i comes from the stream `statistics/resampling/i`, so results do not depend on the number of
/// threads, and two calls give the same.
public struct Resampling: Sendable, Equatable {
  /// The number of samples.
  public let count: Int
  /// The seed.
  public let seed: UInt64

  /// Creates a bootstrap.
  ///
  /// - Precondition: `count > 0`.
  public init(count: Int = 2000, seed: UInt64 = 0) {
    precondition(count > 0, "a bootstrap needs samples")
    (self.count, self.seed) = (count, seed)
  }

  /// Returns a statistic of samples of some elements, each as large as they are.
  public func samples<Element, Value>(
    of elements: [Element], statistic: ([Element]) -> Value
  ) -> [Value] {
    samples(ofStrata: [[elements]]) { statistic($0[0][0]) }
  }

  /// Returns a statistic of samples that are drawn within every stratum, independently for every
  /// table: `[table][stratum][element]`.
  ///
  /// The scores of a model are a table whose strata are data sets or cells, and whose elements are
  /// seeds, as in rliable. A statistic of two models is one of two tables.
  public func samples<Element, Value>(
    ofStrata tables: [[[Element]]], statistic: ([[[Element]]]) -> Value
  ) -> [Value] {
    (0..<count).map { index in
      var stream = RandomStreams(seed: seed)["statistics/resampling/\(index)"]
      return statistic(
        tables.map { table in
          table.map { stratum in
            stratum.map { _ in stratum[stream.integer(below: stratum.count)] }
          }
        })
    }
  }
}

/// Returns the interval between the percentiles that leave out half of 1 - level on either side, with
/// linear interpolation between values.
///
/// - Precondition: there is a value, and `level` is between 0 and 1.
public func percentileInterval(_ values: [Double], level: Double = 0.95) -> ClosedRange<Double> {
  precondition(!values.isEmpty && level > 0 && level < 1, "percentiles of nothing")
  let sorted = values.sorted()
  func percentile(_ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = min(Int(place), sorted.count - 1)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
  let low = percentile((1 - level) / 2)
  return low...max(low, percentile((1 + level) / 2))
}
