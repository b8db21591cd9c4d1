import Foundation
import TensorCore

extension GramMatrix {
  /// Returns the positive weights with G w = w^(-p), element by element.
  ///
  /// They minimize ½ wᵀ G w - Σ ψ(w) with ψ' (w) = w^(-p), which is strictly convex: Newton's method
  /// with a line search, from the solution for orthogonal gradients. If gradients cancel exactly
  /// there is no finite solution; a term of 1e-12 of the mean of the diagonal keeps the weights finite.
  ///
  /// - Parameter power: p > 0.
  func fairWeights(power p: Double) -> [Double] {
    guard count > 0 else { return [] }
    let scale = norms.reduce(0) { $0 + $1 * $1 } / Double(count)
    let matrix = products.indices.map { i in
      products.indices.map { products[i][$0] / scale + (i == $0 ? 1e-12 : 0) }
    }
    var weights = matrix.indices.map { pow(matrix[$0][$0], -1 / (1 + p)) }
    for _ in 0..<200 {
      let residual = zip(multiplied(matrix, weights), weights).map { $0 - pow($1, -p) }
      if zip(residual, weights).allSatisfy({ abs($0) <= 1e-13 * pow($1, -p) }) { break }
      var hessian = matrix.flatMap { $0 }
      for (i, weight) in weights.enumerated() {
        hessian[i * (count + 1)] += p * pow(weight, -p - 1)
      }
      guard let factor = CholeskyFactor(hessian, size: count) else { break }
      let direction = factor.solution(of: residual.map { -$0 })
      guard let next = searched(from: weights, along: direction, residual, matrix, p) else { break }
      weights = next
    }
    // With G = s H, the solution of H v = v^(-p) gives w = s^(-1 / (1 + p)) v.
    return weights.map { $0 * pow(scale, -1 / (1 + p)) }
  }

  private func multiplied(_ matrix: [[Double]], _ weights: [Double]) -> [Double] {
    matrix.map { zip($0, weights).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// Halves the step until weights are positive and the function falls; nil if it falls no more.
  private func searched(
    from weights: [Double], along direction: [Double], _ residual: [Double], _ matrix: [[Double]],
    _ p: Double
  ) -> [Double]? {
    func value(_ w: [Double]) -> Double {
      let quadratic = zip(w, multiplied(matrix, w)).reduce(0) { $0 + $1.0 * $1.1 } / 2
      return quadratic - w.reduce(0) { $0 + (p == 1 ? log($1) : pow($1, 1 - p) / (1 - p)) }
    }
    let start = value(weights)
    let slope = zip(residual, direction).reduce(0) { $0 + $1.0 * $1.1 }
    var step = 1.0
    while step > 1e-12 {
      let next = zip(weights, direction).map { $0 + step * $1 }
      if next.allSatisfy({ $0 > 0 }), value(next) <= start + 1e-4 * step * slope { return next }
      step /= 2
    }
    return nil
  }
}
