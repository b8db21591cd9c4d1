import Foundation
import TensorCore

/// A normal distribution that moves towards the better of its draws and takes the shape of their
/// steps: the covariance matrix adaptation evolution strategy, (μ/μ_w, λ)-CMA-ES.
///
///     x = m + σ C^½ z,   z ~ N(0, I)
///
/// An update with draws ranked from best to worst moves m to the weighted mean of the better half,
/// adapts σ by the length of the path of m, and C by the path and the weighted steps (rank one and
/// rank μ). Weights and rates are those of the tutorial, without its negative weights.
///
/// Source: Hansen, The CMA evolution strategy: a tutorial, 2016, figure 6 and table 1.
struct CovarianceMatrixAdaptation {
  /// A draw: the point, and its step C^½ z, which for an adjusted point is (x - m) / σ.
  struct Draw {
    var point: [Double]
    var step: [Double]
  }

  /// m.
  private(set) var mean: [Double]
  /// σ.
  private(set) var stepSize: Double

  private var covariance: [Double]
  private var shape: SymmetricEigenvectors?
  private var meanPath: [Double]
  private var covariancePath: [Double]
  private var generation = 0

  private var size: Int { mean.count }

  /// Creates a distribution without correlations.
  ///
  /// - Precondition: there is a dimension.
  init(mean: [Double], stepSize: Double) {
    precondition(!mean.isEmpty, "a distribution needs a dimension")
    self.mean = mean
    self.stepSize = stepSize
    let size = mean.count
    meanPath = [Double](repeating: 0, count: size)
    covariancePath = meanPath
    covariance = (0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 }
    shape = SymmetricEigenvectors(covariance, size: size)
  }

  /// The default number of draws of a generation in `dimensionCount` dimensions.
  static func populationSize(_ dimensionCount: Int) -> Int {
    4 + Int(3 * log(Double(max(1, dimensionCount))))
  }

  /// The deviation along every dimension.
  var deviations: [Double] {
    (0..<size).map { stepSize * max(0, covariance[$0 * (size + 1)]).squareRoot() }
  }

  /// Whether the distribution can no longer be drawn from, or its largest deviation is below a
  /// limit.
  func isExhausted(below limit: Double) -> Bool {
    guard let largest = shape?.values.last, stepSize.isFinite else { return true }
    return !(stepSize * max(0, largest).squareRoot() >= limit)
  }

  /// Draws a point.
  func draw(from stream: inout RandomStream) -> Draw {
    let z = mean.map { _ in stream.normal() }
    let step = shape?.product(of: z) { max(0, $0).squareRoot() } ?? z
    return Draw(point: zip(mean, step).map { $0 + stepSize * $1 }, step: step)
  }

  /// Learns from the draws of a generation, of which there are at least two, the best first.
  mutating func update(ranked draws: [Draw]) {
    guard draws.count > 1, let shape else { return }
    generation += 1
    let n = Double(size)
    let parents = draws.count / 2
    let raw = (0..<parents).map { log(Double(draws.count + 1) / 2) - log(Double($0 + 1)) }
    let weights = raw.map { $0 / raw.reduce(0, +) }
    let mass = 1 / weights.reduce(0) { $0 + $1 * $1 }

    let pathRate = (mass + 2) / (n + mass + 5)
    let damping = 1 + 2 * max(0, ((mass - 1) / (n + 1)).squareRoot() - 1) + pathRate
    let covarianceRate = (4 + mass / n) / (n + 4 + 2 * mass / n)
    let rankOne = 2 / ((n + 1.3) * (n + 1.3) + mass)
    let rankMu = min(
      1 - rankOne, 2 * (mass - 2 + 1 / mass) / ((n + 2) * (n + 2) + mass))
    let expectedLength = n.squareRoot() * (1 - 1 / (4 * n) + 1 / (21 * n * n))

    let step = mean.indices.map { index in
      zip(weights, draws).reduce(0) { $0 + $1.0 * $1.1.step[index] }
    }
    mean = mean.indices.map { index in
      zip(weights, draws).reduce(0) { $0 + $1.0 * $1.1.point[index] }
    }
    let white = shape.product(of: step) { 1 / max($0, 1e-300).squareRoot() }
    let pathGain = (pathRate * (2 - pathRate) * mass).squareRoot()
    meanPath = zip(meanPath, white).map { (1 - pathRate) * $0 + pathGain * $1 }
    let length = meanPath.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let settling = (1 - pow(1 - pathRate, 2 * Double(generation))).squareRoot()
    let isSteady = length / settling < (1.4 + 2 / (n + 1)) * expectedLength
    let covarianceGain =
      isSteady ? (covarianceRate * (2 - covarianceRate) * mass).squareRoot() : 0
    covariancePath = zip(covariancePath, step).map {
      (1 - covarianceRate) * $0 + covarianceGain * $1
    }
    let lost = isSteady ? 0 : covarianceRate * (2 - covarianceRate)
    for row in 0..<size {
      for column in 0...row {
        let spread = zip(weights, draws).reduce(0) {
          $0 + $1.0 * $1.1.step[row] * $1.1.step[column]
        }
        let old = covariance[row * size + column]
        let value =
          (1 - rankOne - rankMu + rankOne * lost) * old
          + rankOne * covariancePath[row] * covariancePath[column] + rankMu * spread
        covariance[row * size + column] = value
        covariance[column * size + row] = value
      }
    }
    stepSize *= exp(min(1, pathRate / damping * (length / expectedLength - 1)))
    self.shape = SymmetricEigenvectors(covariance, size: size)
  }
}
