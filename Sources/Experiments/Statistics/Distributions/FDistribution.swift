import Foundation

/// Fisher's F distribution.
public struct FDistribution: Sendable {
  /// The degrees of freedom of the numerator.
  public let numerator: Int
  /// The degrees of freedom of the denominator.
  public let denominator: Int

  /// Creates the distribution.
  ///
  /// - Precondition: both degrees of freedom are positive.
  public init(numerator: Int, denominator: Int) {
    precondition(numerator > 0 && denominator > 0, "an F distribution needs degrees of freedom")
    (self.numerator, self.denominator) = (numerator, denominator)
  }

  /// Returns the probability of a value above `x`: I_y(d₂/2, d₁/2) at y = d₂ / (d₂ + d₁ x), the
  /// regularized incomplete beta function (Abramowitz and Stegun, 26.6.2); 1 for negative `x`.
  public func probability(above x: Double) -> Double {
    guard x > 0 else { return x.isNaN ? .nan : 1 }
    guard x.isFinite else { return 0 }
    let (d1, d2) = (Double(numerator), Double(denominator))
    return regularizedBeta(d2 / 2, d1 / 2, share: d2 / (d2 + d1 * x), rest: d1 * x / (d2 + d1 * x))
  }
}

/// Returns the regularized incomplete beta function I_x(a, b), by its continued fraction (Abramowitz
/// and Stegun, 26.5.8).
///
/// - Parameters:
///   - x: The argument, from 0 to 1.
///   - rest: 1 - x, given apart so that it keeps its precision.
private func regularizedBeta(_ a: Double, _ b: Double, share x: Double, rest: Double) -> Double {
  guard x > 0 else { return 0 }
  guard rest > 0 else { return 1 }
  if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(b, a, share: rest, rest: x) }
  let scale = exp(a * log(x) + b * log(rest) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
  return scale
    / continuedFraction(from: 1) { step in
      let m = Double(step / 2)
      let coefficient =
        step.isMultiple(of: 2)
        ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      return (coefficient, 1)
    }
}
