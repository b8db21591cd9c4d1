import Configuration
import Ranking
import TensorCore

/// A made-up model that is trained in two alternating phases: weights on most rows, then gates on the
/// others.
///
///     logits = Σ_k softmax(α)_k · x W_k
///
/// with α the gates of ``GatedMatrices``.
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
  private let matrices: GatedMatrices

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    matrices = GatedMatrices(
      settings.expertCount, input: settings.input, problem: problem, scope: scope)
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
    let weights = context(matrices.gates).softmax()
    return Predictions(logits: matrices(batch, weights: weights, in: context))
  }
}
