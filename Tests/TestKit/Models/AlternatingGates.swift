import Layers
import Ranking
import TensorCore

/// A made-up model that is trained in two alternating phases: weights on most rows, then gates on the
/// others.
///
///     logits = Σ_k softmax(α)_k · x W_k
///
/// - x: `[rows, inputSize]`, W_k: `[inputSize, tasks]` in the group `main`, α: `[1, experts]` in `gates`.
public final class AlternatingGates: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``AlternatingGates``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting("Matrices that the gates mix.", in: 1...16)
    public var expertCount = 3
    @Setting("Steps of the gates after every epoch of the weights.", in: 1...1000)
    public var gateSteps = 2
    @Setting("The share of the training rows that the gates are trained on.", in: 0.01...0.99)
    public var gateRows = 0.3
    public var input = InputHyperparameters()

    public init() {}
  }

  /// What the model is.
  public static let card = MethodCard(
    id: "alternating-gates", title: "Alternating gates", paper: "made up for tests, 2026")

  private let settings: Hyperparameters
  private let input: InputLayer
  private let experts: [Parameter]
  private let gates: Parameter

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let size = input.outputSize
    experts = (0..<settings.expertCount).map {
      scope["experts"][$0].parameter(
        "weight", shape: [size, problem.tasks.count], initializer: .xavierUniform)
    }
    gates = scope.group("gates").parameter(
      "gates", shape: [1, settings.expertCount], initializer: .normal(deviation: 0.1), decays: false
    )
  }

  /// An epoch of weights, then some steps of gates.
  public var phases: TrainingPhases {
    TrainingPhases(alternating: [
      TrainingPhase(
        "weights", trains: [Parameter.mainGroup], rows: 0..<1 - settings.gateRows,
        length: .epochs(1)),
      TrainingPhase(
        "gates", trains: ["gates"], rows: 1 - settings.gateRows..<1,
        length: .steps(settings.gateSteps)),
    ])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let x = input(batch, in: context)
    return Predictions(logits: x.mixture(of: experts, by: context(gates).softmax(), in: context))
  }
}

extension Variable {
  /// Returns `Σ_k weights_k · x W_k`: `[rows, columns]`; weights: `[1, experts]`.
  func mixture(of experts: [Parameter], by weights: Variable, in context: ForwardContext)
    -> Variable
  {
    let outputs = experts.map { affine(weight: context($0)) }
    let shape = outputs[0].shape
    let flat = stackedRows(outputs.map { $0.reshaped(to: [1, shape[0] * shape[1]]) })
    return weights.affine(weight: flat).reshaped(to: shape)
  }
}
