/// The power of a two-sided paired t-test: the probability that it finds a true difference.
///
///     power(Δ, n) = P(|T| > t_{1-α/2, n-1}),  T noncentral with δ = Δ √n / s and n - 1 degrees
///
/// s is the standard deviation of the paired differences, taken as known; that of a handful of seeds
/// is itself uncertain by a factor (with 5 seeds, from 0.6 to 2.9 at 95 %), and so are the seeds that
/// follow from it.
public struct PairedPower: Sendable, Equatable {
  /// The largest number of pairs that is considered.
  public static let countLimit = 1_000_000

  /// The standard deviation of paired differences.
  public let deviation: Double
  /// The level of the test.
  public let level: Double

  /// Creates the power of a test.
  ///
  /// - Precondition: `deviation` is not negative, and `level` is between 0 and 1.
  public init(deviation: Double, level: Double = 0.05) {
    precondition(deviation >= 0 && level > 0 && level < 1, "power of an impossible test")
    (self.deviation, self.level) = (deviation, level)
  }

  /// Returns the power to find a difference with a number of pairs; 0 for fewer than two pairs, and 1
  /// if differences do not vary and there is one.
  public func power(effect: Double, count: Int) -> Double {
    guard count > 1 else { return 0 }
    guard deviation > 0 else { return effect == 0 ? 0 : 1 }
    let critical = StudentT(degreesOfFreedom: count - 1).quantile(twoSided: level)
    let distribution = NoncentralT(
      degreesOfFreedom: count - 1,
      noncentrality: abs(effect) / deviation * Double(count).squareRoot())
    return 1 - distribution.cumulative(critical) + distribution.cumulative(-critical)
  }

  /// Returns the least number of pairs with a power; nil if it exceeds ``countLimit``.
  public func count(effect: Double, power: Double = 0.8) -> Int? {
    func suffices(_ count: Int) -> Bool { self.power(effect: effect, count: count) >= power }
    var (low, high) = (1, 2)
    while !suffices(high) {
      guard high < Self.countLimit else { return nil }
      (low, high) = (high, min(2 * high, Self.countLimit))
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      if suffices(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// Returns the least difference that a number of pairs finds with a power; nil for fewer than two
  /// pairs.
  public func detectableEffect(count: Int, power: Double = 0.8) -> Double? {
    guard count > 1 else { return nil }
    guard deviation > 0 else { return 0 }
    return argument(reaching: power) {
      self.power(effect: $0 * deviation, count: count)
    } * deviation
  }
}
