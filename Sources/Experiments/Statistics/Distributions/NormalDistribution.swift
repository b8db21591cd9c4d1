import Foundation

/// The standard normal distribution.
public enum NormalDistribution {
  /// Returns φ(z), the density.
  public static func density(_ z: Double) -> Double {
    exp(-z * z / 2) / (2 * .pi).squareRoot()
  }

  /// Returns Φ(z), the probability of a value of at most `z`; accurate far below 0 too.
  public static func probability(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  /// Returns the probability of a value from `a` to `b`, accurate in both tails.
  public static func probability(from a: Double, to b: Double) -> Double {
    a > 0 ? probability(-a) - probability(-b) : probability(b) - probability(a)
  }

  /// Returns the probability of a value at least as far from zero as `z`, in either direction.
  public static func twoSidedProbability(beyond z: Double) -> Double {
    erfc(abs(z) / 2.0.squareRoot())
  }

  /// Returns the value beyond which, in either direction, lies the given probability, such as 1.96
  /// for 0.05; infinite for 0.
  ///
  /// - Precondition: `0...1` contains `probability`.
  public static func quantile(twoSided probability: Double) -> Double {
    precondition((0...1).contains(probability), "a probability is from 0 to 1")
    if probability == 0 { return .infinity }
    return argument(reaching: -probability) { -twoSidedProbability(beyond: $0) }
  }

  /// Returns Φ⁻¹(p) for 0 < p < 1, by bisection to within 1e-12.
  public static func quantile(_ p: Double) -> Double {
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
