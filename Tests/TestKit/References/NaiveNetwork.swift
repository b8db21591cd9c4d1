import Configuration
import Layers
import TensorCore

/// Plain loops in `Double` over the weights of a model, which are found by name.
///
/// `docs/weights.md` says what the names are.
public struct NaiveNetwork {
  /// The numbers of one row in one layer.
  public typealias Vector = [Double]

  /// A name that the model does not have, or a vector of another size than the array wants.
  public struct Misfit: Error, CustomStringConvertible {
    /// What does not fit, in a sentence.
    public let description: String
  }

  private var arrays: [String: (shape: [Int], values: Vector)] = [:]

  /// Copies the parameters and running moments of a model.
  public init(_ store: ParameterStore) {
    let named =
      store.parameters.map { ($0.name, $0.value) } + store.buffers.map { ($0.name, $0.value) }
    for (name, value) in named { arrays[name] = (value.shape, value.values.map(Double.init)) }
  }

  /// Whether the model has a parameter or running moments of this name.
  public func has(_ name: String) -> Bool { arrays[name] != nil }

  /// Returns a row of a matrix or table; of a vector, row 0 is all of it.
  public func row(_ index: Int, of name: String) throws -> Vector {
    let array = try find(name)
    let columns = array.shape.last ?? 1
    guard index >= 0, (index + 1) * columns <= array.values.count else {
      throw Misfit(description: "\(name) is \(array.shape) and has no row \(index)")
    }
    return Vector(array.values[index * columns..<(index + 1) * columns])
  }

  /// x W, without bias.
  public func linear(_ x: Vector, _ name: String) throws -> Vector {
    let weight = try find(name)
    guard weight.shape.count == 2, weight.shape[0] == x.count else {
      throw Misfit(description: "\(name) is \(weight.shape), the vector has \(x.count) elements")
    }
    let columns = weight.shape[1]
    return (0..<columns).map { column in
      x.indices.reduce(0) { $0 + x[$1] * weight.values[$1 * columns + column] }
    }
  }

  /// scale · (x - mean) / sqrt(variance + 1e-5) + shift, with the running moments under a path.
  public func normalized(_ x: Vector, _ path: String) throws -> Vector {
    let (scale, shift) = try (row(0, of: "\(path)/scale"), row(0, of: "\(path)/shift"))
    let mean = try row(0, of: "\(path)/runningMean")
    let variance = try row(0, of: "\(path)/runningVariance")
    return x.indices.map {
      scale[$0] * (x[$0] - mean[$0]) / (variance[$0] + 1e-5).squareRoot() + shift[$0]
    }
  }

  /// f(… f(norm(x W_0) + b_0) …) over the layers that exist under a path; each has a norm or a bias.
  public func perceptron(
    _ x: Vector, _ path: String, _ activation: Activation = .relu
  ) throws -> Vector {
    var h = x
    var layer = 0
    while has("\(path)/layer\(layer)/weight") {
      let place = "\(path)/layer\(layer)"
      h = try linear(h, "\(place)/weight")
      h =
        try has("\(place)/norm/scale")
        ? normalized(h, "\(place)/norm") : zip(h, row(0, of: "\(place)/bias")).map(+)
      h = h.map { Self.activated($0, by: activation) }
      layer += 1
    }
    return h
  }

  /// The log-odds of a tower under a path.
  public func tower(
    _ x: Vector, _ path: String, _ activation: Activation = .relu
  ) throws -> Double {
    try linear(perceptron(x, path, activation), "\(path)/output/weight")[0]
      + row(0, of: "\(path)/output/bias")[0]
  }

  private func find(_ name: String) throws -> (shape: [Int], values: Vector) {
    guard let array = arrays[name] else {
      throw Diagnostic.unknown("parameter", name, accepted: arrays.keys.sorted())
    }
    return array
  }

  /// f(x).
  public static func activated(_ x: Double, by activation: Activation) -> Double {
    switch activation {
    case .identity: x
    case .relu: max(0, x)
    case .leakyReLU: x > 0 ? x : 0.01 * x
    case .tanh: x.hyperbolicTangent
    case .sigmoid: 1 / (1 + (-x).exponential)
    }
  }

  /// exp(x_k) / Σ exp(x), over all elements.
  public static func softmax(_ x: Vector) -> Vector {
    let top = x.max() ?? 0
    let powers = x.map { ($0 - top).exponential }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// Σ weights_k · rows_k.
  public static func mixture(_ weights: Vector, _ rows: [Vector]) -> Vector {
    rows[0].indices.map { column in
      zip(weights, rows).reduce(0) { $0 + $1.0 * $1.1[column] }
    }
  }
}
