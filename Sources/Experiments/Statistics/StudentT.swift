import Foundation

/// Student's t distribution with a whole number of degrees of freedom.
///
/// Reference: Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4: finite
/// sums in the angle whose tangent is t / √ν, exact but for rounding.
public struct StudentT: Sendable {
  /// The degrees of freedom.
  public let degreesOfFreedom: Int

  /// Creates the distribution.
  ///
  /// - Precondition: `degreesOfFreedom > 0`.
  public init(degreesOfFreedom: Int) {
    precondition(degreesOfFreedom > 0, "a t distribution needs a degree of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// Returns the probability of a value at least as far from zero as `t`, on either side.
  ///
  /// The absolute error is below 1e-14; results do not go below zero.
  public func twoSidedProbability(beyond t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    let ratio = abs(t) / Double(degreesOfFreedom).squareRoot()
    let angle = atan(ratio)
    let cosine = 1 / (1 + ratio * ratio).squareRoot()
    let sine = ratio * cosine
    let isOdd = !degreesOfFreedom.isMultiple(of: 2)
    // Terms cosine^k times a product of ratios of neighbouring whole numbers.
    var term = isOdd ? cosine : 1
    var sum = degreesOfFreedom > 1 ? term : 0
    for k in stride(from: isOdd ? 3 : 2, to: degreesOfFreedom, by: 2) {
      term *= cosine * cosine * Double(k - 1) / Double(k)
      sum += term
    }
    let within = isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
    return max(0, 1 - within)
  }
}
