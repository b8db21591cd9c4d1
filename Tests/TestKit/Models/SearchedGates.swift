import Layers
import Ranking
import TensorCore

/// A made-up model that searches with a falling temperature, then goes back to its first weights and
/// trains with the expert that was found.
///
///     search    logits = Σ_k softmax(α / τ)_k · x W_k,   τ = max(1/10, 1 - epoch of the phase)
///     retrain   logits = x W_k with k = argmax α (the first of equal ones)
///
/// - x: `[rows, inputSize]`, W_k: `[inputSize, tasks]` in the group `main`, α: `[1, experts]` in `gates`.
public final class SearchedGates: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``SearchedGates``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting("Matrices among which one is found.", in: 1...16)
    public var expertCount = 3
    @Setting("The share of the steps that the search takes.", in: 0.01...0.99)
    public var searchShare = 0.4
    public var input = InputHyperparameters()

    public init() {}
  }

  /// What the model is.
  public static let card = MethodCard(
    id: "searched-gates", title: "Searched gates", paper: "made up for tests, 2026")

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

  /// A search of everything, then training of the first weights.
  public var phases: TrainingPhases {
    let main = [Parameter.mainGroup]
    return TrainingPhases(once: [
      TrainingPhase(
        "search", length: .share(settings.searchShare), beginning: [.save("first weights", main)]),
      TrainingPhase(
        "retrain", trains: main, length: .rest, beginning: [.rewind(to: "first weights", main)]),
    ])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let x = input(batch, in: context)
    return Predictions(logits: x.mixture(of: experts, by: weights(in: context), in: context))
  }

  private func weights(in context: ForwardContext) -> Variable {
    guard context.moment.phase == "retrain" else {
      let moment = context.moment
      let epoch = Float(moment.phaseStep) / Float(moment.stepsPerEpoch)
      return context(gates).scaled(by: 1 / max(0.1, 1 - epoch)).softmax()
    }
    let values = gates.value.values
    let found = values.firstIndex(of: values.max() ?? 0) ?? 0
    return Variable(
      Tensor(values.indices.map { $0 == found ? 1 : 0 }, shape: [1, values.count]))
  }
}
