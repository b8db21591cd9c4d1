#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// The bf16 matrix product of oneDNN 2 or 3, loaded at run time.
///
/// Nothing is linked, so the package can be built without the library. The environment variable
/// `AESM2_ONEDNN` gives its path if the system does not find it.
struct OneDNN: Sendable {
  /// C[m, n] = op(A) op(B) + beta C on row-major matrices; exported under this name by versions 2
  /// and 3, though documented by neither.
  typealias Product =
    @convention(c) (
      _ transposeA: CChar, _ transposeB: CChar, _ m: Int64, _ n: Int64, _ k: Int64, _ alpha: Float,
      _ a: UnsafePointer<UInt16>, _ lda: Int64, _ b: UnsafePointer<UInt16>, _ ldb: Int64,
      _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int64
    ) -> Int32
  typealias SetThreadCount = @convention(c) (Int32) -> Void

  /// The library, or the reason why it cannot be used; looked up once.
  static let shared = Result { () throws(MatrixPrecisionError) in
    let path = getenv("AESM2_ONEDNN").map { String(cString: $0) } ?? ""
    return try OneDNN(path: path.isEmpty ? nil : path)
  }

  /// The version, such as `2.6.3`.
  let version: String

  private let product: Product
  /// Sets the number of OpenMP threads for the calling thread; nil for a library without threads.
  private let setThreadCount: SetThreadCount?

  /// Loads a file, or the library that the system finds under one of its names.
  init(path: String?) throws(MatrixPrecisionError) {
    let handle = try Self.open(path)
    let name = path ?? "the oneDNN library"
    guard let version = dlsym(handle, "dnnl_version"),
      let product = dlsym(handle, "dnnl_gemm_bf16bf16f32")
    else {
      throw MatrixPrecisionError(
        description: "precision bf16 needs oneDNN 2 or 3, but \(name) has no such matrix product")
    }
    typealias Describe = @convention(c) () -> UnsafeRawPointer
    let description = unsafeBitCast(version, to: Describe.self)().load(as: Description.self)
    self.version = "\(description.major).\(description.minor).\(description.patch)"
    self.product = unsafeBitCast(product, to: Product.self)
    setThreadCount = dlsym(handle, "omp_set_num_threads")
      .map { unsafeBitCast($0, to: SetThreadCount.self) }
    guard description.isWithoutThreads || setThreadCount != nil else {
      throw MatrixPrecisionError(
        description: "precision bf16 needs oneDNN with OpenMP or without threads, but \(name) "
          + "(\(self.version)) was built with another kind of threads")
    }
    guard multipliesByTwo else {
      throw MatrixPrecisionError(
        description: "precision bf16 needs a processor with AVX-512: oneDNN \(self.version) has no "
          + "such matrix product for this one")
    }
  }

  /// Computes C = op(A) op(B) + beta C on the calling thread only.
  ///
  /// - Returns: Whether the product was computed.
  func multiply(
    _ a: UnsafePointer<UInt16>, _ lda: Int, transposeA: Bool,
    _ b: UnsafePointer<UInt16>, _ ldb: Int, transposeB: Bool,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, m: Int, n: Int, k: Int, beta: Float
  ) -> Bool {
    setThreadCount?(1)
    let letters = (plain: CChar(UInt8(ascii: "N")), transposed: CChar(UInt8(ascii: "T")))
    return product(
      transposeA ? letters.transposed : letters.plain,
      transposeB ? letters.transposed : letters.plain, Int64(m), Int64(n), Int64(k), 1, a,
      Int64(lda), b, Int64(ldb), beta, c, Int64(ldc)) == 0
  }

  private var multipliesByTwo: Bool {
    let (one, two): (UInt16, UInt16) = (0x3f80, 0x4000)
    var result: Float = 0
    let isDone = multiply(
      [one], 1, transposeA: false, [two], 1, transposeB: false, &result, 1, m: 1, n: 1, k: 1,
      beta: 0)
    return isDone && result == 2
  }

  private static func open(_ path: String?) throws(MatrixPrecisionError) -> UnsafeMutableRawPointer
  {
    for name in path.map({ [$0] }) ?? ["libdnnl.so.2", "libdnnl.so.3"] {
      if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) { return handle }
    }
    guard path != nil else {
      throw MatrixPrecisionError(
        description: "precision bf16 needs the library oneDNN, which was not found: install it "
          + "(Debian's package libdnnl2), or set AESM2_ONEDNN to its file")
    }
    let reason = dlerror().map { String(cString: $0) } ?? "no reason is known"
    throw MatrixPrecisionError(
      description: "precision bf16 needs the library oneDNN, but the file that AESM2_ONEDNN names "
        + "cannot be loaded: \(reason)")
  }

  /// The beginning of the structure that `dnnl_version` points to, identical in versions 2 and 3.
  private struct Description {
    let major, minor, patch: Int32
    let hash: UnsafeRawPointer?
    let processorRuntime: UInt32

    var isWithoutThreads: Bool { processorRuntime == 1 }
  }
}
