/// A function applied to every element.
public enum Activation: String, Sendable, CaseIterable {
  /// x
  case identity
  /// max(x, 0)
  case relu
  /// x where positive, else 0.01 x
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
  /// - x, y: any shape; y = f(x), dx = f'(x) · dy, with f' taken from y.
  public func activated(by activation: Activation, dropout: Dropout? = nil) -> Variable {
    let epilogue = Epilogue(activation, dropout)
    return epilogue.isIdentity ? self : applying(epilogue)
  }
}

/// The number of elements per block of element-wise work.
let elementBlock = 1 << 15
