import COpenBLAS

/// c[m, n] = a · b + beta · c on row-major matrices with leading dimensions, by OpenBLAS.
///
/// - a: `[m, k]`, or `[k, m]` where `transposeA`; b: `[k, n]`, or `[n, k]` where `transposeB`.
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

/// c[m, n] = a · b + beta · c, with a: `[m, k]` and b: `[k, n]` as they are read, c row-major.
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

/// The same product of matrices in bfloat16, summed in 32 bits, by oneDNN.
private func gemm(
  _ a: UnsafePointer<UInt16>, _ lda: Int, transposeA: Bool,
  _ b: UnsafePointer<UInt16>, _ ldb: Int, transposeB: Bool,
  _ c: UnsafeMutablePointer<Float>, _ ldc: Int, m: Int, n: Int, k: Int, beta: Float
) {
  guard m > 0, n > 0 else { return }
  MatrixProducts.count(m: m, n: n, k: k)
  guard k > 0 else {
    // oneDNN leaves c alone.
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

/// Keeps BLAS to one thread from the first matrix product on.
private let blasOfOneThread: Void = openblas_set_num_threads(1)

/// Returns the greatest number of rows of one matrix product, where `total` rows are to be made.
///
/// Products of many rows pack their operands less often, but about sixteen of them keep several
/// threads evenly busy. Depends on the shapes alone: some BLAS kernels round differently for other
/// row counts, and results must not depend on the number of threads.
func productRowLimit(total: Int) -> Int { min(2048, max(512, (total + 15) / 16)) }
