import Foundation

/// Student's t distribution with a whole number of degrees of freedom.
///
/// Reference: Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4:
/// finite sums in the angle whose tangent is t / √ν, exact up to rounding.
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

  /// Returns the probability of a value at least as far from zero as `t`, in either direction.
  ///
  /// The absolute error is below 1e-14; results are never negative.
  public func twoSidedProbability(beyond t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    let ratio = abs(t) / Double(degreesOfFreedom).squareRoot()
    let angle = atan(ratio)
    let cosine = 1 / (1 + ratio * ratio).squareRoot()
    let sine = ratio * cosine
    let isOdd = !degreesOfFreedom.isMultiple(of: 2)
    // Terms of cosine^k times a product of ratios of consecutive whole numbers.
    var term = isOdd ? cosine : 1
    var sum = degreesOfFreedom > 1 ? term : 0
    for k in stride(from: isOdd ? 3 : 2, to: degreesOfFreedom, by: 2) {
      term *= cosine * cosine * Double(k - 1) / Double(k)
      sum += term
    }
    let within = isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
    return max(0, 1 - within)
  }

  /// Returns the probability of a value of at most `t`.
  public func cumulative(_ t: Double) -> Double {
    let tail = twoSidedProbability(beyond: t) / 2
    return t < 0 ? tail : 1 - tail
  }

  /// Returns the value beyond which, in either direction, lies the given probability.
  ///
  /// Found by bisection, to a relative error below 1e-12; infinite for a probability of 0.
  ///
  /// - Precondition: `0...1` contains `probability`.
  public func quantile(twoSided probability: Double) -> Double {
    precondition((0...1).contains(probability), "a probability is from 0 to 1")
    if probability == 0 { return .infinity }
    return argument(reaching: -probability) { -twoSidedProbability(beyond: $0) }
  }
}

/// The noncentral t distribution: of (Z + δ) / √(V / ν) with a standard normal Z and an independent
/// chi-squared V with ν degrees of freedom.
public struct NoncentralT: Sendable {
  /// The degrees of freedom, ν.
  public let degreesOfFreedom: Int
  /// The noncentrality, δ.
  public let noncentrality: Double

  /// Creates the distribution.
  ///
  /// - Precondition: `degreesOfFreedom > 0`.
  public init(degreesOfFreedom: Int, noncentrality: Double) {
    precondition(degreesOfFreedom > 0, "a t distribution needs a degree of freedom")
    (self.degreesOfFreedom, self.noncentrality) = (degreesOfFreedom, noncentrality)
  }

  /// Returns the probability of a value of at most `t`: ∫ Φ(t s - δ) f(s) ds over the density f of
  /// s = √(V / ν), with an absolute error below 1e-8 up to a million degrees of freedom.
  public func cumulative(_ t: Double) -> Double {
    let degrees = Double(degreesOfFreedom)
    // χ is within 9 of √ν but for 1e-18.
    let root = degrees.squareRoot()
    let scale = log(2) + degrees / 2 * log(degrees / 2) - lgamma(degrees / 2)
    return integral(from: max(0, root - 9) / root, to: (root + 9) / root) { s in
      let density = exp(scale + (degrees - 1) * log(s) - degrees * s * s / 2)
      return density * NormalDistribution.probability(t * s - noncentrality)
    }
  }
}
