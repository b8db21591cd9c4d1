import Foundation

/// The standard normal distribution.
enum NormalDistribution {
  /// Returns φ(z), the density.
  static func density(_ z: Double) -> Double { exp(-z * z / 2) / (2 * .pi).squareRoot() }

  /// Returns Φ(z), the probability of a value of at most `z`; accurate far below 0 too.
  static func probability(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  /// Returns the probability of a value from `a` to `b`, accurate in both tails.
  static func probability(from a: Double, to b: Double) -> Double {
    a > 0 ? probability(-a) - probability(-b) : probability(b) - probability(a)
  }

  /// Returns Φ⁻¹(p) for 0 < p < 1, by bisection to within 1e-12.
  static func quantile(_ p: Double) -> Double {
    var (low, high) = (-40.0, 40.0)
    while high - low > 1e-12 {
      let middle = (low + high) / 2
      if probability(middle) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Returns log(φ(z) + z Φ(z)), where a plain computation would lose all digits for z far below 0.
  ///
  /// Below -25 by the asymptotic series φ(z) / z² (1 - 3/z² + 15/z⁴ - 105/z⁶).
  static func logExpectedExcess(_ z: Double) -> Double {
    guard z < -25 else { return log(density(z) + z * probability(z)) }
    let r = 1 / (z * z)
    return -z * z / 2 - log(2 * .pi) / 2 + log(r) + log1p(r * (-3 + r * (15 - 105 * r)))
  }
}
