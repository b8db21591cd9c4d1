import TensorCore

/// A linear map of a tower's representation to one column, one for each segment, that a head adds
/// beside the tower's last layer.
struct RepresentationLayer {
  private let weights: [Parameter]
  private let biases: [Parameter]

  init(on towers: TowerLayout, task: Int, name: String) {
    let scopes = towers.scopes(of: task, name)
    weights = scopes.map { $0.weight(shape: [towers.representationSize, 1]) }
    biases = scopes.map { $0.parameter("bias", shape: [1], initializer: .zeros, decays: false) }
  }

  /// representation: `[rows, representationSize]`; result: `[rows, 1]`.
  func callAsFunction(
    _ representation: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable {
    representation.affine(
      segments: segments.following, weights: weights.map { context($0) },
      biases: biases.map { context($0) })
  }
}
