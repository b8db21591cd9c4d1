import CNumerics

/// What an operation applies to every element of its result: an activation, then dropout.
///
///     y = d · f(x),   d = 1 / (1 - rate) with probability 1 - rate, else 0
struct Epilogue {
  let activation: Activation
  let dropout: Dropout?

  init(_ activation: Activation, _ dropout: Dropout? = nil) {
    self.activation = activation
    self.dropout = dropout?.rate == 0 ? nil : dropout
  }

  /// Whether it changes nothing.
  var isIdentity: Bool { activation == .identity && dropout == nil }

  /// Calls `body` with the form that kernels read.
  func withCode(_ body: (UnsafePointer<ck_epilogue>) -> Void) {
    let code = ck_epilogue(
      activation: activation.code, keep: 1 - (dropout?.rate ?? 0), key: dropout?.stream.key ?? 0)
    withUnsafePointer(to: code, body)
  }

  /// Applies it to the elements of `y`, in place.
  func apply(to y: Tensor) {
    if isIdentity { return }
    withCode { code in
      parallelFor(y.count, blockSize: elementBlock) { block in
        ck_epilogue_forward(
          y.pointer + block.lowerBound, nil, 1, block.count, block.count,
          UInt64(block.lowerBound), code)
      }
    }
  }

  /// Turns the gradient `dy` of the result `y` into that of its argument, in place.
  func derive(_ dy: Tensor, at y: Tensor) {
    if isIdentity { return }
    withCode { code in
      parallelFor(y.count, blockSize: elementBlock) { block in
        let start = block.lowerBound
        ck_epilogue_backward(
          dy.pointer + start, y.pointer + start, dy.pointer + start, nil, 1, block.count,
          block.count, UInt64(start), code)
      }
    }
  }

  /// Returns its naive form: which elements are dropped is part of the record.
  func naive(elementCount: Int) -> (_ x: Double, _ index: Int) -> Double {
    let factors = dropout?.factors(count: elementCount)
    return { [activation] x, index in
      activation.naive(x) * (factors.map { Double($0[index]) } ?? 1)
    }
  }
}
