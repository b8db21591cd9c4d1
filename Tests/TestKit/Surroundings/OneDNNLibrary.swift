import TensorCore
import Testing

extension Trait where Self == ConditionTrait {
  /// Skips a test where the optional library is not installed.
  public static var needsOneDNN: Self {
    .enabled(if: MatrixPrecision.bf16.libraryDescription != nil, "oneDNN is not installed")
  }
}
