import CLAPACKE

/// The eigenvalues and eigenvectors of a real symmetric matrix, in 64 bits.
///
///     A = Σ_k λ_k v_k v_kᵀ
package struct SymmetricEigenvectors: Sendable {
  /// The eigenvalues, in ascending order.
  package let values: [Double]

  /// The eigenvectors v_k of length 1, one after the other, in the order of the values.
  private let vectors: [Double]

  /// Decomposes a matrix given by rows, of which only the lower triangle is read; nil if an element
  /// is not finite or the iteration does not converge.
  ///
  /// - Precondition: `matrix` has `size * size` elements, and `size > 0`.
  package init?(_ matrix: [Double], size: Int) {
    precondition(size > 0 && matrix.count == size * size, "the matrix is not square")
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    _ = blasOfOneThread
    var (values, vectors) = ([Double](repeating: 0, count: size), matrix)
    let order = Int32(size)
    guard
      LAPACKE_dsyev(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), order, &vectors,
        order, &values) == 0
    else { return nil }
    self.values = values
    self.vectors = vectors
  }

  /// Returns Σ_k f(λ_k) v_k (v_k · x): the product of x with a function of the matrix, such as its
  /// square root.
  ///
  /// The result does not depend on the signs of the eigenvectors.
  package func product(of x: [Double], applying function: (Double) -> Double) -> [Double] {
    let size = values.count
    var result = [Double](repeating: 0, count: size)
    for (k, value) in values.enumerated() {
      let vector = vectors[k * size..<(k + 1) * size]
      let share = function(value) * zip(vector, x).reduce(0) { $0 + $1.0 * $1.1 }
      for (index, component) in vector.enumerated() { result[index] += share * component }
    }
    return result
  }
}
