/// What the operands of matrix products are rounded to.
///
/// Only the products of affine maps are concerned, forward and backward: y = x W, dx = g Wᵀ,
/// dW = xᵀ g. Their sums and results have 32 bits with either precision, and so have weights,
/// biases, activations, normalizations, softmax, losses, gradients and the optimizer's state.
public enum MatrixPrecision: String, CaseIterable, Sendable {
  /// Not at all: 32-bit floating point, forward by kernels of this package, backward by OpenBLAS.
  case fp32
  /// To bfloat16 (8 significant bits, the range of 32-bit numbers), by oneDNN, a library that is
  /// looked for when it is first wanted: see ``checkAvailable()``.
  ///
  /// Operands are rounded to nearest, ties to even. The processor takes subnormal operands for zeros.
  case bf16

  /// The precision of the products that the present task or thread computes.
  ///
  /// ```swift
  /// MatrixPrecision.$current.withValue(.bf16) { model(batch, in: context) }
  /// ```
  ///
  /// The backward pass of an operation has the precision that its forward pass had.
  @TaskLocal public static var current = MatrixPrecision.fp32

  /// Checks that this process can compute with this precision.
  ///
  /// - Throws: ``MatrixPrecisionError``, which says what is missing.
  public func checkAvailable() throws(MatrixPrecisionError) {
    if self == .bf16 { _ = try OneDNN.shared.get() }
  }

  /// The libraries that multiply where this precision is asked for, with their versions; nil where
  /// it is not available.
  public var libraryDescription: String? {
    let blas = Parallelism.blasDescription
    return switch self {
    case .fp32: blas
    case .bf16: (try? OneDNN.shared.get()).map { "\(blas); oneDNN \($0.version) for bf16" }
    }
  }
}

/// Why a ``MatrixPrecision`` cannot be had, as one sentence.
public struct MatrixPrecisionError: Error, Equatable, CustomStringConvertible {
  /// The sentence.
  public let description: String
}
