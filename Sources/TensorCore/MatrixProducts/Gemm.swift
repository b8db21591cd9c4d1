import CNumerics
import COpenBLAS

/// Computes c[m, n] = a · b + beta · c on row-major matrices with leading dimensions, by OpenBLAS.
///
/// - a: `[m, k]`, or `[k, m]` if `transposeA`; b: `[k, n]`, or `[n, k]` if `transposeB`.
func gemm(
  _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool = false,
  _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool = false,
  _ c: UnsafeMutablePointer<Float>, _ ldc: Int, m: Int, n: Int, k: Int, beta: Float = 0
) {
  guard m > 0, n > 0 else { return }
  _ = blasOfOneThread
  MatrixProducts.count(m: m, n: n, k: k)
  cblas_sgemm(
    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
    Int32(m), Int32(n), Int32(k), 1, a, Int32(max(lda, 1)), b, Int32(max(ldb, 1)), beta, c,
    Int32(max(ldc, 1)))
}

/// Computes c[m, n] = a · b + beta · c, with operands a: `[m, k]` and b: `[k, n]` as read, and
/// row-major c.
///
/// The result has the same bits on any thread.
/// - Precondition: both operands have the same precision; beta is 0 or 1.
func gemm(
  _ a: MatrixOperand, _ b: MatrixOperand, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, m: Int,
  n: Int, k: Int, beta: Float = 0
) {
  switch (a.elements, b.elements) {
  case (.floats(let first), .floats(let second)):
    gemm(
      first, a.leadingDimension, transposeA: a.isTransposed, second, b.leadingDimension,
      transposeB: b.isTransposed, c, ldc, m: m, n: n, k: k, beta: beta)
  case (.bfloats(let first), .bfloats(let second)):
    gemm(
      first, a.leadingDimension, transposeA: a.isTransposed, second, b.leadingDimension,
      transposeB: b.isTransposed, c, ldc, m: m, n: n, k: k, beta: beta)
  default: preconditionFailure("a product of two precisions")
  }
}

/// Computes the same product of bfloat16 matrices, summed in 32 bits, by oneDNN.
private func gemm(
  _ a: UnsafePointer<UInt16>, _ lda: Int, transposeA: Bool,
  _ b: UnsafePointer<UInt16>, _ ldb: Int, transposeB: Bool,
  _ c: UnsafeMutablePointer<Float>, _ ldc: Int, m: Int, n: Int, k: Int, beta: Float
) {
  guard m > 0, n > 0 else { return }
  MatrixProducts.count(m: m, n: n, k: k)
  guard k > 0 else {
    // oneDNN does not write to c.
    for row in 0..<m where beta == 0 { (c + row * ldc).update(repeating: 0, count: n) }
    return
  }
  guard case .success(let library) = OneDNN.shared else {
    preconditionFailure("MatrixPrecision.checkAvailable() was not called")
  }
  let isDone = library.multiply(
    a, lda, transposeA: transposeA, b, ldb, transposeB: transposeB, c, ldc, m: m, n: n, k: k,
    beta: beta)
  precondition(isDone, "oneDNN had no memory for a product \(m) x \(n) x \(k)")
}

/// Computes c[m, n] = a · b such that no row of c depends on the other rows of a, their number or
/// its own position.
///
/// Forward passes use only this product, so the prediction for a row is a function of the row:
/// equal rows get equal log-odds in any batch. BLAS does not guarantee this, and its kernels
/// violate it by a unit in the last place. In 32 bits, the sums are those of `ck_multiply_rows`; in
/// bfloat16, they are those of oneDNN, which differ for a single row, so a single row is
/// duplicated.
/// - Precondition: both operands have the same precision and are not transposed.
func rowProduct(
  _ a: MatrixOperand, _ b: MatrixOperand, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, m: Int,
  n: Int, k: Int
) {
  precondition(!a.isTransposed && !b.isTransposed)
  guard m > 0, n > 0 else { return }
  switch (a.elements, b.elements) {
  case (.floats(let first), .floats(let second)):
    MatrixProducts.count(m: m, n: n, k: k)
    ck_multiply_rows(first, a.leadingDimension, second, b.leadingDimension, c, ldc, m, n, k)
  case (.bfloats(let row), .bfloats(let second)) where m == 1:
    let twice = Array(UnsafeBufferPointer(start: row, count: k))
    let results = Tensor(uninitialized: [2, n])
    gemm(
      twice + twice, k, transposeA: false, second, b.leadingDimension, transposeB: false,
      results.pointer, n, m: 2, n: n, k: k, beta: 0)
    c.update(from: results.pointer, count: n)
  default: gemm(a, b, c, ldc, m: m, n: n, k: k)
  }
}

/// Limits BLAS to one thread from the first matrix product on.
let blasOfOneThread: Void = openblas_set_num_threads(1)

/// Returns the maximum number of rows per matrix product if `total` rows are to be computed.
///
/// Products with many rows pack their operands less often, but about sixteen products are needed to
/// keep several threads evenly busy. The result depends only on shapes, because some BLAS kernels
/// round differently for other row counts and results must not depend on the number of threads.
func productRowLimit(total: Int) -> Int { min(2048, max(512, (total + 15) / 16)) }
