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

/// Keeps BLAS to one thread from the first matrix product on.
private let blasOfOneThread: Void = openblas_set_num_threads(1)

/// Returns the greatest number of rows of one matrix product, where `total` rows are to be made.
///
/// Products of many rows pack their operands less often, but about sixteen of them keep several
/// threads evenly busy. Depends on the shapes alone: some BLAS kernels round differently for other
/// row counts, and results must not depend on the number of threads.
func productRowLimit(total: Int) -> Int { min(2048, max(512, (total + 15) / 16)) }
