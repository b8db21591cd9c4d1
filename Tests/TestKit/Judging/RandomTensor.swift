import TensorCore

extension Tensor {
  /// Creates a tensor of standard normal numbers times `deviation`, the same for the same name.
  public init(normal name: String, shape: [Int], deviation: Double = 1) {
    var stream = RandomStreams(seed: 0)["test/" + name]
    let count = shape.reduce(1, *)
    self.init((0..<count).map { _ in Float(stream.normal() * deviation) }, shape: shape)
  }
}
