/// A dense, 64-byte-aligned array of `Float` in row-major order.
///
/// A tensor is a view of shared memory: copying it is cheap, and ``reshaped(to:)`` shares the
/// elements. Operations return new tensors; only code with sole ownership of a tensor (parameters
/// under an optimizer, running statistics) changes elements in place.
public struct Tensor: @unchecked Sendable {
  /// The size of every dimension; empty for a scalar.
  public let shape: [Int]

  /// The number of elements: the product of ``shape``.
  public let count: Int

  let storage: TensorStorage

  /// The first element, valid as long as this tensor (or one that shares its memory) lives.
  package var pointer: UnsafeMutablePointer<Float> { storage.pointer }

  /// Creates a tensor with unspecified contents.
  package init(uninitialized shape: [Int]) {
    require(shape.allSatisfy { $0 >= 0 }, "a dimension is negative: \(shape)")
    self.shape = shape
    count = shape.reduce(1, *)
    storage = TensorStorage(count: count)
  }

  private init(storage: TensorStorage, shape: [Int], count: Int) {
    self.storage = storage
    self.shape = shape
    self.count = count
  }

  /// Creates a tensor whose elements all equal `value`.
  public init(repeating value: Float, shape: [Int]) {
    self.init(uninitialized: shape)
    storage.pointer.initialize(repeating: value, count: count)
  }

  /// Creates a tensor of zeros.
  public init(zeros shape: [Int]) { self.init(repeating: 0, shape: shape) }

  /// Creates a scalar.
  public init(scalar value: Float) { self.init(repeating: value, shape: []) }

  /// Creates a tensor from values in row-major order.
  ///
  /// - Precondition: `values.count` is the product of `shape`.
  public init(_ values: [Float], shape: [Int]) {
    self.init(uninitialized: shape)
    require(values.count == count, "\(values.count) values do not fill \(shape)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { storage.pointer.initialize(from: base, count: count) }
    }
  }

  /// The elements in row-major order, copied.
  public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// The only element of a tensor with one element.
  ///
  /// - Precondition: `count == 1`.
  public var scalar: Float {
    require(count == 1, "a tensor of shape \(shape) is not a scalar")
    return pointer[0]
  }

  /// The product of all dimensions except the last.
  public var rowCount: Int { shape.dropLast().reduce(1, *) }

  /// The last dimension, 1 for a scalar.
  public var columnCount: Int { shape.last ?? 1 }

  /// Returns a tensor that shares the elements in another shape.
  ///
  /// - Precondition: both shapes have the same number of elements.
  public func reshaped(to shape: [Int]) -> Tensor {
    require(shape.reduce(1, *) == count, "\(self.shape) cannot be reshaped to \(shape)")
    return Tensor(storage: storage, shape: shape, count: count)
  }

  /// Returns a tensor with its own copy of the elements.
  public func copy() -> Tensor {
    let result = Tensor(uninitialized: shape)
    result.pointer.update(from: pointer, count: count)
    return result
  }

  /// Replaces the elements with those of `other`.
  ///
  /// Every tensor that shares this tensor's memory sees the change.
  /// - Precondition: the shapes are equal.
  public func assign(_ other: Tensor) {
    require(shape == other.shape, "cannot assign \(other.shape) to \(shape)")
    pointer.update(from: other.pointer, count: count)
  }

  /// Calls `body` with the elements.
  public func withUnsafeBufferPointer<R>(
    _ body: (UnsafeBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: pointer, count: count))
    }
  }

  /// Calls `body` with the elements, which it may change in place.
  ///
  /// Every tensor that shares this tensor's memory sees the change.
  public func withUnsafeMutableBufferPointer<R>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeMutableBufferPointer(start: pointer, count: count))
    }
  }

  /// Whether every element is finite.
  public var isFinite: Bool {
    withUnsafeBufferPointer { $0.allSatisfy(\.isFinite) }
  }
}
