import CNumerics

/// A function applied to every element.
public enum Activation: String, Sendable, CaseIterable {
  /// x
  case identity
  /// max(x, 0)
  case relu
  /// x if positive, otherwise 0.01 x
  case leakyReLU = "leaky-relu"
  /// tanh x
  case tanh
  /// 1 / (1 + exp(-x))
  case sigmoid

  var code: Int32 {
    switch self {
    case .identity: 0
    case .relu: 1
    case .leakyReLU: 2
    case .tanh: 3
    case .sigmoid: 4
    }
  }

  package func naive(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .leakyReLU: x > 0 ? x : Double(Float(0.01)) * x
    case .tanh: x.hyperbolicTangent
    case .sigmoid: 1 / (1 + (-x).exponential)
    }
  }
}

extension Variable {
  /// Returns the activation of every element, then dropout.
  ///
  /// - x, y: any shape; y = f(x), dx = f'(x) · dy, with f' computed from y.
  public func activated(by activation: Activation, dropout: Dropout? = nil) -> Variable {
    let epilogue = Epilogue(activation, dropout)
    return epilogue.isIdentity ? self : applying(epilogue)
  }
}

/// The number of elements per block of element-wise work.
let elementBlock = 1 << 15

/// The function that an operation applies to every element of its result: an activation, then
/// dropout.
///
///     y = d · f(x),   d = 1 / (1 - rate) with probability 1 - rate, else 0
struct Epilogue {
  let activation: Activation
  let dropout: Dropout?

  init(_ activation: Activation, _ dropout: Dropout? = nil) {
    self.activation = activation
    self.dropout = dropout?.rate == 0 ? nil : dropout
  }

  /// Whether it is the identity.
  var isIdentity: Bool { activation == .identity && dropout == nil }

  /// The number of steps per element.
  var stepCount: Int { (activation == .identity ? 0 : 1) + (dropout == nil ? 0 : 1) }

  /// Calls `body` with the epilogue in the form that kernels read.
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

  /// Turns the gradient `dy` of the result `y` into the gradient of its argument, in place.
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

  /// Returns the naive form, in which the choice of dropped elements is part of the record.
  func naive(elementCount: Int) -> (_ x: Double, _ index: Int) -> Double {
    let factors = dropout?.factors(count: elementCount)
    return { [activation] x, index in
      activation.naive(x) * (factors.map { Double($0[index]) } ?? 1)
    }
  }
}
