import TensorCore

/// An encoding of a numerical feature without trained parameters.
public enum FixedNumericalEncoding: String, Sendable, CaseIterable {
  /// One column: the number as given in the data set.
  case raw
  /// One column: the share of training rows below the number, standardized to mean 0 and standard
  /// deviation 1.
  case quantile
  /// One column per bin: how far the number lies through it.
  case piecewiseLinear = "piecewise-linear"
}

/// An encoder of numerical features as columns.
///
/// Bins are bounded by the quantiles `b_0 ≤ b_1 ≤ … ≤ b_T` of the feature in training rows, which
/// are fitted before the first step and stored with the weights. Piecewise-linear columns are
///
///     e_t(x) = (x - b_(t-1)) / (b_t - b_(t-1)), but at least 0 unless t = 1, at most 1 unless t = T
///
/// and, for a bin of zero width (as arises from many equal numbers), 1 from b_t on and 0 below. The
/// quantile column is `√12 · (min(1, max(0, Σ_t e_t / T)) - 1/2)`.
///
/// Source: Gorishniy, Rubachev, Babenko, *On embeddings for numerical features in tabular deep
/// learning*, NeurIPS 2022, section 3.2.1.
public final class NumericalEncoder {
  /// The total number of columns of all features.
  public let outputSize: Int

  private let encoding: FixedNumericalEncoding
  private let featureCount: Int
  private let binCount: Int
  private let edges: StateBuffer?

  /// Creates the encoder.
  ///
  /// - Parameters:
  ///   - encoding: The encoding.
  ///   - featureCount: The number of numerical features.
  ///   - binCount: The number of bins of every feature.
  ///   - scope: The scope in which the quantiles are created.
  public init(
    _ encoding: FixedNumericalEncoding, featureCount: Int, binCount: Int, scope: ParameterScope
  ) {
    self.encoding = encoding
    self.featureCount = featureCount
    self.binCount = binCount
    outputSize = featureCount * (encoding == .piecewiseLinear ? binCount : 1)
    guard encoding != .raw, featureCount > 0 else {
      edges = nil
      return
    }
    let even = (0...binCount).map { 4 * Float($0) / Float(binCount) - 2 }
    let start = Tensor(
      (0..<featureCount).flatMap { _ in even }, shape: [featureCount, binCount + 1])
    edges = scope.buffer("quantiles", initially: start) { numericals in
      Self.quantiles(of: numericals, binCount: binCount)
    }
  }

  /// Returns the columns `[rows, outputSize]` of numerical features `[rows, featureCount]`.
  public func callAsFunction(_ numericals: Tensor) -> Tensor {
    guard let edges = edges?.value, encoding != .raw else { return numericals }
    let rows = numericals.shape[0]
    let result = Tensor(uninitialized: [rows, outputSize])
    let width = encoding == .piecewiseLinear ? binCount : 1
    numericals.withUnsafeBufferPointer { numbers in
      edges.withUnsafeBufferPointer { edges in
        result.withUnsafeMutableBufferPointer { result in
          for (cell, number) in numbers.enumerated() {
            let start = cell % featureCount * (binCount + 1)
            var sum: Float = 0
            for bin in 0..<binCount {
              let share = passed(number, edges[start + bin], edges[start + bin + 1], bin: bin)
              if encoding == .piecewiseLinear {
                result[cell * width + bin] = share
              } else {
                sum += share
              }
            }
            if encoding == .quantile {
              let share = min(1, max(0, sum / Float(binCount)))
              result[cell] = Float(12).squareRoot() * (share - 0.5)
            }
          }
        }
      }
    }
    return result
  }

  /// Returns how far a number lies through a bin.
  private func passed(_ number: Float, _ low: Float, _ high: Float, bin: Int) -> Float {
    guard high > low else { return number >= high ? 1 : 0 }
    let share = (number - low) / (high - low)
    let atLeastZero = bin == 0 ? share : max(0, share)
    return bin == binCount - 1 ? atLeastZero : min(1, atLeastZero)
  }

  /// Returns the quantiles 0, 1/T, …, 1 of every column of `[rows, columns]`, as
  /// `[columns, T + 1]`.
  ///
  /// The quantile t/T of n sorted numbers is the one at index `t (n - 1) / T`, rounded down and
  /// counted from 0.
  static func quantiles(of numericals: Tensor, binCount: Int) -> Tensor {
    let (rows, columns) = (numericals.shape[0], numericals.shape[1])
    let values = numericals.values
    return Tensor(
      (0..<columns).flatMap { column -> [Float] in
        let ordered = (0..<rows).map { values[$0 * columns + column] }.sorted()
        return (0...binCount).map { ordered.isEmpty ? 0 : ordered[$0 * (rows - 1) / binCount] }
      }, shape: [columns, binCount + 1])
  }
}
