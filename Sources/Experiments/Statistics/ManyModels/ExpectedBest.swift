import Foundation

/// The best validation score to be expected of a search with n trials, estimated from N that were
/// made: tuning budget as a curve.
///
///     E[best of n] = Σ_i v_(i) ((i/N)ⁿ - ((i-1)/N)ⁿ)
///
/// over the scores in order, the worst first: the expectation of the best of n draws with replacement.
/// The estimate is biased towards the worse for n close to N, and it holds for a random search only:
/// trials of a strategy that learns are no independent draws. Source: Dodge et al., "Show your work",
/// EMNLP 2019, equation 4.
public struct ExpectedBest: Sendable, Equatable {
  private let sorted: [Double]

  /// The number of trials.
  public var trialCount: Int { sorted.count }

  /// Creates the curve of some scores; nil if there are none.
  ///
  /// - Precondition: no score is NaN.
  public init?(_ scores: [Double], higherIsBetter: Bool) {
    guard !scores.isEmpty else { return nil }
    sorted = higherIsBetter ? scores.sorted() : scores.sorted(by: >)
  }

  /// Returns the expected best score of a number of trials, and its standard deviation over searches.
  ///
  /// - Precondition: `trials > 0`.
  public func value(trials: Int) -> (mean: Double, deviation: Double) {
    precondition(trials > 0, "a search has a trial")
    let count = Double(sorted.count)
    let weights = sorted.indices.map {
      pow(Double($0 + 1) / count, Double(trials)) - pow(Double($0) / count, Double(trials))
    }
    let mean = zip(sorted, weights).reduce(0) { $0 + $1.0 * $1.1 }
    let variance = zip(sorted, weights).reduce(0) {
      $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1
    }
    return (mean, variance.squareRoot())
  }
}
