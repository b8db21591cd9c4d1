import TensorCore

/// The inner products of the gradients of those objectives that have one.
///
/// An objective without a row in the batch has no gradient and takes no part in a solution.
struct GramMatrix {
  /// The number of objectives that have a gradient.
  var count: Int { objectives.count }

  /// The numbers of these objectives, in increasing order.
  let objectives: [Int]

  /// G: `[count][count]`.
  let products: [[Double]]

  /// The lengths of the gradients.
  let norms: [Double]

  private let total: Int

  /// Leaves out objectives whose gradient is zero.
  init(_ gradients: ObjectiveGradients) { self.init(gradients.products) }

  /// Leaves out objectives whose gradient is zero.
  init(_ products: [[Double]]) {
    total = products.count
    let found = products.indices.filter { products[$0][$0] > 0 }
    objectives = found
    self.products = found.map { row in found.map { products[row][$0] } }
    norms = found.map { products[$0][$0].squareRoot() }
  }

  /// Returns the weights of all objectives, 1 for those without a gradient.
  func weights(_ own: [Double]) -> [Double] {
    var result = [Double](repeating: 1, count: total)
    for (objective, weight) in zip(objectives, own) { result[objective] = weight }
    return result
  }

  /// G w.
  func product(_ weights: [Double]) -> [Double] {
    products.map { zip($0, weights).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// ‖Σ_o w_o g_o‖.
  func norm(of weights: [Double]) -> Double {
    max(0, zip(weights, product(weights)).reduce(0) { $0 + $1.0 * $1.1 }).squareRoot()
  }

  /// The gradients divided by their lengths: the cosines of their angles.
  var normalized: GramMatrix {
    GramMatrix(
      products.indices.map { i in
        products.indices.map { i == $0 ? 1 : products[i][$0] / (norms[i] * norms[$0]) }
      })
  }

  /// Returns Σ_k f(λ_k) v_k (v_k · x) over the eigenvalues λ_k that are not zero to within
  /// rounding, with eigenvectors v_k.
  ///
  /// - Parameter function: f, given an eigenvalue and the smallest of those that count.
  func spectral(
    of x: [Double], _ function: (_ eigenvalue: Double, _ smallest: Double) -> Double
  ) -> [Double] {
    guard count > 0, let spectrum = SymmetricEigenvectors(products.flatMap { $0 }, size: count)
    else { return x }
    let largest = spectrum.values.last ?? 0
    let bound = largest * 1e-12 * Double(count)
    let smallest = spectrum.values.first { $0 > bound } ?? largest
    return spectrum.product(of: x) { $0 > bound ? function($0, smallest) : 0 }
  }

  /// Returns the solution w of G w = x of least length; x is projected if G is singular.
  func leastSolution(of x: [Double]) -> [Double] { spectral(of: x) { value, _ in 1 / value } }
}
