import Configuration
import Ranking
import TensorCore

/// A made-up model that searches with a falling temperature, then goes back to its first weights and
/// trains with the expert that was found.
///
///     search    logits = Σ_k softmax(α / τ)_k · x W_k,   τ = max(1/10, 1 - epoch of the phase)
///     retrain   logits = x W_k with k = argmax α (the first of equal ones)
///
/// with α the gates of ``GatedMatrices``.
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
  private let matrices: GatedMatrices

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    matrices = GatedMatrices(
      settings.expertCount, input: settings.input, problem: problem, scope: scope)
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
    Predictions(logits: matrices(batch, weights: weights(in: context), in: context))
  }

  private func weights(in context: ForwardContext) -> Variable {
    guard context.moment.phase == "retrain" else {
      let moment = context.moment
      let epoch = Float(moment.phaseStep) / Float(moment.stepsPerEpoch)
      return context(matrices.gates).scaled(by: 1 / max(0.1, 1 - epoch)).softmax()
    }
    let values = matrices.gates.value.values
    let found = values.firstIndex(of: values.max() ?? 0) ?? 0
    return Variable(
      Tensor(values.indices.map { $0 == found ? 1 : 0 }, shape: [1, values.count]))
  }
}
