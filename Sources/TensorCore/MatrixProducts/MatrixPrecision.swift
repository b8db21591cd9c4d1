/// The precision to which the operands of matrix products are rounded.
///
/// This affects only the products of affine maps, forward and backward: y = x W, dx = g Wᵀ, dW = xᵀ
/// g. Their sums and results have 32 bits with either precision, as do weights, biases,
/// activations, normalizations, softmax, losses, gradients and the optimizer's state.
public enum MatrixPrecision: String, CaseIterable, Sendable {
  /// No rounding: 32-bit floating point, with kernels of this package for forward and OpenBLAS for
  /// backward passes.
  case fp32
  /// Rounding to bfloat16 (8 significant bits, the range of 32-bit numbers), with products by
  /// oneDNN, a library that is loaded on first use: see ``checkAvailable()``.
  ///
  /// Operands are rounded to nearest, ties to even. The processor treats subnormal operands as
  /// zeros.
  case bf16

  /// The precision of the products computed by the current task or thread.
  ///
  /// ```swift
  /// MatrixPrecision.$current.withValue(.bf16) { model(batch, in: context) }
  /// ```
  ///
  /// The backward pass of an operation has the precision of its forward pass.
  @TaskLocal public static var current = MatrixPrecision.fp32

  /// Checks that this process can compute with this precision.
  ///
  /// - Throws: ``MatrixPrecisionError`` with what is missing.
  public func checkAvailable() throws(MatrixPrecisionError) {
    if self == .bf16 { _ = try OneDNN.shared.get() }
  }

  /// The libraries that compute products with this precision, with their versions; nil if it is not
  /// available.
  public var libraryDescription: String? {
    let blas = Parallelism.blasDescription
    return switch self {
    case .fp32: blas
    case .bf16: (try? OneDNN.shared.get()).map { "\(blas); oneDNN \($0.version) for bf16" }
    }
  }
}

/// The reason why a ``MatrixPrecision`` is not available, as one sentence.
public struct MatrixPrecisionError: Error, Equatable, CustomStringConvertible {
  /// The sentence.
  public let description: String
}
