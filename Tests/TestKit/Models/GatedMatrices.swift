import Ranking
import TensorCore

/// Matrices on the input representation, of which weights that all rows share make one.
///
///     logits = Σ_k w_k · x W_k
///
/// - x: `[rows, inputSize]`, W_k: `[inputSize, tasks]` in the group `main`, w: `[1, count]`, computed from
///   ``gates`` of that shape in the group `gates`.
struct GatedMatrices {
  let gates: Parameter
  private let input: InputLayer
  private let matrices: [Parameter]

  init(_ count: Int, input: InputHyperparameters, problem: Problem, scope: ParameterScope) {
    let layer = InputLayer(input, problem: problem, scope: scope["input"])
    self.input = layer
    matrices = (0..<count).map {
      scope["experts"][$0].weight(shape: [layer.outputSize, problem.tasks.count])
    }
    gates = scope.group("gates").parameter(
      "gates", shape: [1, count], initializer: .normal(deviation: 0.1), decays: false)
  }

  /// Returns the logits of a batch: `[rows, tasks]`.
  func callAsFunction(_ batch: Batch, weights: Variable, in context: ForwardContext) -> Variable {
    let x = input(batch, in: context)
    let outputs = matrices.map { x.affine(weight: context($0)) }
    let shape = outputs[0].shape
    let flat = stackedRows(outputs.map { $0.reshaped(to: [1, shape[0] * shape[1]]) })
    return weights.affine(weight: flat).reshaped(to: shape)
  }
}
