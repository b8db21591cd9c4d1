import Foundation

/// The range of `count` independent standard normal values: the studentized range with infinitely
/// many degrees of freedom, by which Nemenyi's test compares average ranks.
public struct StudentizedRange: Sendable {
  /// The number of values.
  public let count: Int

  /// Creates the distribution.
  ///
  /// - Precondition: `count > 1`.
  public init(count: Int) {
    precondition(count > 1, "a range needs two values")
    self.count = count
  }

  /// Returns the probability of a range above `range`, q.
  ///
  ///     1 - k ∫ φ(z) (Φ(z) - Φ(z - q))^(k-1) dz
  ///
  /// with an absolute error below 1e-9; 1 for negative values.
  public func probability(above range: Double) -> Double {
    guard range > 0 else { return range.isNaN ? .nan : 1 }
    let within = integral(from: -9, to: 9) { z in
      let inside = NormalDistribution.probability(z) - NormalDistribution.probability(z - range)
      return NormalDistribution.density(z) * pow(inside, Double(count - 1))
    }
    return min(1, max(0, 1 - Double(count) * within))
  }

  /// Returns the range above which lies the given probability, such as 3.314 for 0.05 and three
  /// values.
  ///
  /// - Precondition: `0<..<1` contains `probability`.
  public func quantile(above probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "a probability is between 0 and 1")
    return argument(reaching: -probability) { -self.probability(above: $0) }
  }
}
