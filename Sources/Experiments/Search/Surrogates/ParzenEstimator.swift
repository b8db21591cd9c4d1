import Foundation
import TensorCore

/// A density over the unit cube of a search space, estimated from points.
///
///     p(x) = 1 / (n + 1) · (1 + Σ_i Π_d k_d(x_d, x_id))
///
/// - x: a point, x_1 … x_n: the observed points, d: the dimensions that x has; the 1 is the prior,
///   which is uniform.
/// - k_d: in a continuous dimension a normal density around x_id, truncated to [0, 1]; in one with
///   ordered cells its mean over the cell of x; with categories, 1 - b + b / C for the category of
///   x_id and b / C for every other one, times their number C, where b = (C - 1) / (n / 3 + C).
/// - Where x_i lacks a dimension, because its conditions do not hold, k_d = 1: observations say
///   nothing about it beyond the prior.
///
/// A kernel is a product over all dimensions, so that dependences between settings are kept.
///
/// The deviation of k_d is the greater of the distances from x_id to its two neighbors among the
/// points in dimension d (to its only one at either end), at least 1 / min(100, 2 (n + 2)), and at
/// least half a cell: kernels narrow where points are dense.
///
/// Sources: Bergstra et al., Algorithms for hyper-parameter optimization, NIPS 2011, section 4.2;
/// Falkner, Klein and Hutter, BOHB, ICML 2018, section 3.2; Watanabe, Tree-structured Parzen
/// estimator: understanding its algorithm components, 2023, section 3.
struct ParzenEstimator {
  private let dimensions: [SearchDimension]
  private let points: [[Double?]]
  /// By dimension and point, the deviation of the kernel, or b with categories.
  private let widths: [[Double]]
  /// By dimension and point, the probability that an untruncated kernel gives to [0, 1].
  private let insides: [[Double]]

  /// Estimates the density from points, of which there may be none.
  init(_ points: [[Double?]], in dimensions: [SearchDimension]) {
    self.dimensions = dimensions
    self.points = points
    let widths = dimensions.indices.map { index in
      Self.widths(of: dimensions[index], points.map { $0[index] })
    }
    self.widths = widths
    insides = dimensions.indices.map { index in
      points.indices.map { point in
        points[point][index].map {
          Self.mass(from: 0, to: 1, around: $0, width: widths[index][point])
        } ?? 1
      }
    }
  }

  private static func widths(of dimension: SearchDimension, _ places: [Double?]) -> [Double] {
    let known = places.compactMap(\.self).sorted()
    let n = Double(known.count)
    if case .categories(let count) = dimension.layout {
      return places.map { _ in Double(count - 1) / (n / 3 + Double(count)) }
    }
    let least = 1 / min(100, 2 * (n + 2))
    let rank = Dictionary(
      known.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    return places.map { place in
      guard let place, let index = rank[place], known.count > 1 else { return 1 }
      let below = index > 0 ? place - known[index - 1] : 0
      let above = index + 1 < known.count ? known[index + 1] - place : 0
      let bounds = dimension.bounds(at: place)
      return max(below, above, least, (bounds.upperBound - bounds.lowerBound) / 2)
    }
  }

  private static func mass(from a: Double, to b: Double, around place: Double, width: Double)
    -> Double
  { NormalDistribution.probability(from: (a - place) / width, to: (b - place) / width) }

  /// Returns log p(x); x lacks the dimensions whose places are nil.
  func logDensity(at x: [Double?]) -> Double {
    var terms = [0.0]
    for (point, center) in points.enumerated() {
      var term = 0.0
      for index in dimensions.indices {
        guard let place = x[index], let center = center[index] else { continue }
        term += logKernel(place, center, index, point)
      }
      terms.append(term)
    }
    let largest = terms.max() ?? 0
    let sum = terms.reduce(0.0) { $0 + exp($1 - largest) }
    return largest + log(sum / Double(terms.count))
  }

  private func logKernel(_ x: Double, _ center: Double, _ index: Int, _ point: Int) -> Double {
    let (width, inside) = (widths[index][point], insides[index][point])
    let dimension = dimensions[index]
    switch dimension.layout {
    case .categories(let count):
      let isSame = dimension.cell(at: x) == dimension.cell(at: center)
      return log((isSame ? Double(count) * (1 - width) : 0) + width)
    case .continuous:
      let z = (x - center) / width
      return -z * z / 2 - log((2 * .pi).squareRoot() * width * inside)
    case .ordered:
      let cell = dimension.bounds(at: x)
      let mass = Self.mass(
        from: cell.lowerBound, to: cell.upperBound, around: center, width: width)
      return log(max(mass, 1e-300) / (cell.upperBound - cell.lowerBound) / inside)
    }
  }

  /// Draws a point, with a place in every dimension.
  func draw(from stream: inout RandomStream) -> [Double] {
    let kernel = stream.integer(below: points.count + 1)
    return dimensions.indices.map { index in
      guard kernel < points.count, let center = points[kernel][index] else {
        return stream.uniform()
      }
      if dimensions[index].isCategorical {
        return stream.uniform() < widths[index][kernel] ? stream.uniform() : center
      }
      for _ in 0..<100 {
        let place = center + widths[index][kernel] * stream.normal()
        if (0...1).contains(place) { return place }
      }
      return center
    }
  }
}
