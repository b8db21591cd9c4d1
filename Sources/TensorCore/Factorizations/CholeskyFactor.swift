import CLAPACKE

/// The Cholesky factor of a symmetric positive definite matrix, in 64 bits.
///
///     A = L Lᵀ
///
/// - A: `[size, size]`, L: lower triangular with a positive diagonal.
package struct CholeskyFactor: Sendable {
  /// The number of rows of the matrix.
  package let size: Int

  /// L by rows: in LAPACK's order by columns, the same numbers are the upper triangle Lᵀ.
  private var lower: [Double]

  /// Factors a matrix given by rows, of which only the lower triangle is read; nil if it is not
  /// positive definite to within rounding.
  ///
  /// - Precondition: `matrix` has `size * size` elements, and `size > 0`.
  package init?(_ matrix: [Double], size: Int) {
    precondition(size > 0 && matrix.count == size * size, "the matrix is not square")
    _ = blasOfOneThread
    self.size = size
    lower = matrix
    let order = Int32(size)
    guard LAPACKE_dpotrf(LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), order, &lower, order) == 0
    else { return nil }
  }

  /// log |A|.
  package var logDeterminant: Double {
    (0..<size).reduce(0) { $0 + 2 * lower[$1 * size + $1].naturalLogarithm }
  }

  /// Returns L⁻¹ b for every b of a list of vectors, which lie one after the other.
  ///
  /// - Precondition: the number of elements is a multiple of `size`.
  package func solvedForward(_ vectors: [Double]) -> [Double] {
    solved(vectors, transposed: "T")
  }

  /// Returns A⁻¹ b.
  ///
  /// - Precondition: `vector` has `size` elements.
  package func solution(of vector: [Double]) -> [Double] {
    solved(solved(vector, transposed: "T"), transposed: "N")
  }

  private func solved(_ vectors: [Double], transposed: Unicode.Scalar) -> [Double] {
    precondition(vectors.count.isMultiple(of: size), "vectors have another size than the matrix")
    guard !vectors.isEmpty else { return [] }
    var result = vectors
    let order = Int32(size)
    let info = LAPACKE_dtrtrs(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), CChar(UInt8(ascii: transposed)),
      CChar(UInt8(ascii: "N")), order, Int32(vectors.count / size), lower, order, &result, order)
    precondition(info == 0, "dtrtrs failed: \(info)")
    return result
  }

  /// Returns A⁻¹ by rows.
  package func inverse() -> [Double] {
    var result = lower
    let order = Int32(size)
    let info = LAPACKE_dpotri(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), order, &result, order)
    precondition(info == 0, "dpotri failed: \(info)")
    for row in 0..<size {
      for column in row + 1..<size {
        result[row * size + column] = result[column * size + row]
      }
    }
    return result
  }
}
