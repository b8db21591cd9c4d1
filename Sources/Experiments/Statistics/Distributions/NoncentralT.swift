import Foundation

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
