import Foundation
import TensorCore
import Training

/// A Gaussian process over points of the unit cube, with a Matérn 5/2 kernel and a length scale for
/// every dimension.
///
///     k(x, y) = s² (1 + √5 r + 5/3 r²) e^(-√5 r),   r² = Σ_d δ_d(x_d, y_d)² / ℓ_d²
///     μ(x) = k(x)ᵀ α,   σ²(x) = s² - |L⁻¹ k(x)|²,   L Lᵀ = K + (v + 1e-6) I,   α = L⁻ᵀ L⁻¹ t
///
/// - δ_d: the difference of two coordinates; with categories 0 or 1, for the same and for another
///   category (the Hamming distance, which is Euclidean in one-hot columns).
/// - t: the targets, centered and scaled to deviation 1; v: the variance of their noise.
///
/// The parameters ℓ, s² and v maximize the marginal likelihood times a prior, by L-BFGS from several
/// starting points: log ℓ_d is normal with mean √2 + log √D and variance 3, D being the number of
/// dimensions (Hvarfner et al., 2024), log s² is standard normal, log v normal with mean -6 and
/// variance 9.
///
/// Sources: Rasmussen and Williams, Gaussian processes for machine learning, 2006, algorithms 2.1
/// and equation 5.9; Hvarfner, Hellsten and Nardi, Vanilla Bayesian optimization performs great in
/// high dimensions, ICML 2024.
struct GaussianProcess {
  /// The parameters of the kernel and the noise, as logarithms.
  struct Parameters: Equatable {
    /// log ℓ of every dimension.
    var lengthScales: [Double]
    /// log s².
    var signal: Double
    /// log v.
    var noise: Double

    fileprivate init(_ values: [Double]) {
      lengthScales = Array(values.dropLast(2))
      signal = values[values.count - 2]
      noise = values[values.count - 1]
    }

    fileprivate var values: [Double] { lengthScales + [signal, noise] }
  }

  /// The parameters.
  let parameters: Parameters

  private let isCategory: [Bool]
  private let factor: CholeskyFactor
  private let weights: [Double]
  private var inputs: [[Double]]
  private let mean: Double
  private let scale: Double
  private var targets: [Double]

  /// The largest number of points with which parameters are fitted; beyond it, the best ones and
  /// the latest ones, half of each.
  static let fittingLimit = 150

  /// Fits parameters and conditions the process on points.
  ///
  /// - Parameters:
  ///   - inputs: The coordinates of every point; the number of its category in dimensions with
  ///     categories.
  ///   - isCategory: Whether a dimension has categories.
  ///   - targets: The value at every point.
  ///   - stream: Draws the starting points.
  /// - Returns: nil if the kernel matrix cannot be factored.
  /// - Precondition: there is a point, and a dimension.
  init?(
    _ inputs: [[Double]], isCategory: [Bool], targets: [Double],
    drawingFrom stream: inout RandomStream
  ) {
    precondition(!inputs.isEmpty && !isCategory.isEmpty, "nothing to fit")
    guard let summary = Summary(targets) else { return nil }
    let deviation = summary.deviation ?? 0
    let scale = deviation > 0 ? deviation : 1
    let standard = targets.map { ($0 - summary.mean) / scale }
    let shown = Self.fittingSubset(of: targets)
    let likelihood = MarginalLikelihood(
      shown.map { inputs[$0] }, isCategory: isCategory, targets: shown.map { standard[$0] })
    self.init(
      inputs, isCategory: isCategory, targets: standard, mean: summary.mean, scale: scale,
      parameters: likelihood.maximum(drawingFrom: &stream))
  }

  private static func fittingSubset(of targets: [Double]) -> [Int] {
    guard targets.count > fittingLimit else { return Array(targets.indices) }
    let latest = Set(targets.indices.suffix(fittingLimit / 2))
    let best = targets.indices.filter { !latest.contains($0) }
      .sorted { (targets[$0], $1) > (targets[$1], $0) }
    return (best.prefix(fittingLimit - latest.count) + latest).sorted()
  }

  private init?(
    _ inputs: [[Double]], isCategory: [Bool], targets: [Double], mean: Double, scale: Double,
    parameters: Parameters
  ) {
    let kernel = MaternKernel(parameters, isCategory: isCategory)
    let size = inputs.count
    var matrix = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0..<row {
        matrix[row * size + column] = kernel.value(inputs[row], inputs[column])
      }
      matrix[row * size + row] = kernel.signal + exp(parameters.noise) + MarginalLikelihood.jitter
    }
    guard let factor = CholeskyFactor(matrix, size: size) else { return nil }
    (self.parameters, self.isCategory, self.inputs) = (parameters, isCategory, inputs)
    (self.targets, self.mean, self.scale) = (targets, mean, scale)
    self.factor = factor
    weights = factor.solution(of: targets)
  }

  /// Returns the process with a further point whose value is what the process expects there, which
  /// leaves the mean as it is and lowers the deviation; nil if the matrix cannot be factored.
  ///
  /// Source: Ginsbourger, Le Riche and Carraro, Kriging is well-suited to parallelize optimization,
  /// 2010, section 4.2 (the kriging believer).
  func believing(_ input: [Double]) -> GaussianProcess? {
    let expected = (posterior(at: [input])[0].mean - mean) / scale
    return GaussianProcess(
      inputs + [input], isCategory: isCategory, targets: targets + [expected], mean: mean,
      scale: scale, parameters: parameters)
  }

  /// Returns the mean and the deviation of the function, without noise, at every point.
  func posterior(at points: [[Double]]) -> [(mean: Double, deviation: Double)] {
    let kernel = MaternKernel(parameters, isCategory: isCategory)
    let size = inputs.count
    var columns: [Double] = []
    columns.reserveCapacity(points.count * size)
    for point in points {
      for input in inputs { columns.append(kernel.value(point, input)) }
    }
    let solved = factor.solvedForward(columns)
    return points.indices.map { index in
      var (expected, explained) = (0.0, 0.0)
      for row in 0..<size {
        expected += columns[index * size + row] * weights[row]
        let share = solved[index * size + row]
        explained += share * share
      }
      return (
        mean + scale * expected,
        scale * max(kernel.signal - explained, MarginalLikelihood.jitter / 100).squareRoot()
      )
    }
  }
}

/// The Matérn 5/2 kernel of a ``GaussianProcess``.
private struct MaternKernel {
  let signal: Double
  private let inverseSquares: [Double]
  private let isCategory: [Bool]

  init(_ parameters: GaussianProcess.Parameters, isCategory: [Bool]) {
    signal = exp(parameters.signal)
    inverseSquares = parameters.lengthScales.map { exp(-2 * $0) }
    self.isCategory = isCategory
  }

  func value(_ x: [Double], _ y: [Double]) -> Double {
    var square = 0.0
    for index in x.indices {
      let difference = isCategory[index] ? (x[index] == y[index] ? 0 : 1) : x[index] - y[index]
      square += difference * difference * inverseSquares[index]
    }
    return signal * Self.correlation((5 * square).squareRoot())
  }

  /// Returns (1 + u + u² / 3) e^-u for u = √5 r.
  static func correlation(_ u: Double) -> Double { (1 + u + u * u / 3) * exp(-u) }
}

/// The logarithm of the marginal likelihood of targets times the prior of the parameters.
///
///     log p = -½ tᵀ K⁻¹ t - ½ log |K| + log prior
///     ∂/∂θ = ½ tr((α αᵀ - K⁻¹) ∂K/∂θ) + ∂ log prior/∂θ
struct MarginalLikelihood {
  /// A variance that is added to the noise, so that the matrix can be factored.
  static let jitter = 1e-6

  private static let restarts = 2

  private let targets: [Double]
  private let dimensionCount: Int
  /// δ_d² of every pair of points, pair by pair.
  private let squares: [Double]

  init(_ inputs: [[Double]], isCategory: [Bool], targets: [Double]) {
    self.targets = targets
    dimensionCount = isCategory.count
    var squares: [Double] = []
    squares.reserveCapacity(inputs.count * inputs.count / 2 * isCategory.count)
    for row in inputs.indices {
      for column in 0..<row {
        for (index, isCategory) in isCategory.enumerated() {
          let difference = inputs[row][index] - inputs[column][index]
          squares.append(isCategory ? (difference == 0 ? 0 : 1) : difference * difference)
        }
      }
    }
    self.squares = squares
  }

  private var priors: [(mean: Double, variance: Double)] {
    let scale = 2.0.squareRoot() + log(Double(dimensionCount)) / 2
    return Array(repeating: (scale, 3), count: dimensionCount) + [(0, 1), (-6, 9)]
  }

  /// Returns the best parameters found from several starting points: shorter lengths than the mean
  /// of the prior, where its density is highest, and draws around them.
  func maximum(drawingFrom stream: inout RandomStream) -> GaussianProcess.Parameters {
    let center = priors.enumerated().map { index, prior in
      index < dimensionCount ? prior.mean - prior.variance / 2 : prior.mean
    }
    let starts =
      [center] + (0..<Self.restarts).map { _ in center.map { $0 + stream.normal() } }
    let search = LBFGS(tolerance: 1e-3, maximumIterations: 40, memory: 10)
    let ends = starts.compactMap { start in
      search.minimum(from: start, evaluate: sample) { _, _ in true }?.sample
    }
    let best = ends.min { $0.value < $1.value }
    return GaussianProcess.Parameters(best?.point ?? center)
  }

  /// Returns minus the logarithm, with its gradient.
  func sample(_ values: [Double]) -> LBFGS.Sample {
    let refusal = LBFGS.Sample(
      point: values, value: .infinity, gradient: values.map { _ in 0 })
    guard values.allSatisfy({ abs($0) < 30 }) else { return refusal }
    let parameters = GaussianProcess.Parameters(values)
    let size = targets.count
    let (signal, noise) = (exp(parameters.signal), exp(parameters.noise))
    let inverseSquares = parameters.lengthScales.map { exp(-2 * $0) }
    var matrix = [Double](repeating: 0, count: size * size)
    // The derivative of k by log ℓ_d is this slope times δ_d² / ℓ_d².
    var slopes = [Double](repeating: 0, count: size * (size - 1) / 2)
    var pair = 0
    for row in 0..<size {
      for column in 0..<row {
        var square = 0.0
        for index in 0..<dimensionCount {
          square += squares[pair * dimensionCount + index] * inverseSquares[index]
        }
        let u = (5 * square).squareRoot()
        let decay = exp(-u)
        matrix[row * size + column] = signal * (1 + u + u * u / 3) * decay
        slopes[pair] = signal * 5 / 3 * (1 + u) * decay
        pair += 1
      }
      matrix[row * size + row] = signal + noise + Self.jitter
    }
    guard let factor = CholeskyFactor(matrix, size: size) else { return refusal }
    let weights = factor.solution(of: targets)
    let inverse = factor.inverse()
    var value = factor.logDeterminant / 2
    var gradient = [Double](repeating: 0, count: dimensionCount + 2)
    pair = 0
    for row in 0..<size {
      value += targets[row] * weights[row] / 2
      for column in 0..<row {
        let share = inverse[row * size + column] - weights[row] * weights[column]
        gradient[dimensionCount] += share * matrix[row * size + column]
        let slope = share * slopes[pair]
        for index in 0..<dimensionCount {
          gradient[index] += slope * squares[pair * dimensionCount + index] * inverseSquares[index]
        }
        pair += 1
      }
      let share = (inverse[row * size + row] - weights[row] * weights[row]) / 2
      gradient[dimensionCount] += share * signal
      gradient[dimensionCount + 1] += share * noise
    }
    for (index, prior) in priors.enumerated() {
      let difference = values[index] - prior.mean
      value += difference * difference / (2 * prior.variance)
      gradient[index] += difference / prior.variance
    }
    return LBFGS.Sample(point: values, value: value, gradient: gradient)
  }
}
