extension Tensor {
  /// Returns the element-wise sum of two tensors of one shape.
  func adding(_ other: Tensor) -> Tensor {
    precondition(shape == other.shape, "cannot add \(other.shape) to \(shape)")
    let result = Tensor(uninitialized: shape)
    let (a, b, c) = (pointer, other.pointer, result.pointer)
    for i in 0..<count { c[i] = a[i] + b[i] }
    return result
  }
}
