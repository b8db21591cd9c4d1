import Configuration
import Ranking
import TensorCore

/// Factorization machine: a weight for every feature and an inner product for every pair of them.
///
///     logit_t = b_t + Σ_i w_{t,i} x_i + Σ_{i<j} ⟨v_{t,i}, v_{t,j}⟩ x_i x_j
///
/// - i, j: the features of a row (``/Ranking/FactorInput``), each numerical column among them;
///   w: numbers; v: vectors of `embeddingSize` factors. Every task t has its own b, w and v.
///
/// The pairs cost as much as the features themselves (``/TensorCore/Variable/pairwiseProducts(vectorCount:)``).
/// Weights and factors of ids begin with standard deviation 0.01, those of numerical columns in
/// Glorot's uniform distribution, b as 0.
///
/// Source: Rendle, Factorization machines, ICDM 2010, equation 1 and lemma 3.1.
public final class FM: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``FM``.
  public struct Hyperparameters: HyperparameterSet {
    public var input = InputHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "fm", title: "FM", group: "Floors", paper: "Rendle, Factorization machines, ICDM 2010",
    deviations: [
      "Every task has its own weights and factors; the paper has one target.",
      "A multi-valued feature is one feature, the mean over its values, so its values are not paired with each other.",
    ])

  private let inputs: [FactorInput]
  private let biases: [Parameter]

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    let scopes = problem.tasks.map { scope["tasks"][$0.name] }
    inputs = scopes.map { FactorInput(settings.input, problem: problem, scope: $0["input"]) }
    biases = scopes.map {
      $0.parameter("bias", shape: [1], initializer: .zeros, decays: false)
    }
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    Predictions(
      logits: concatenated(
        zip(inputs, biases).map { input, bias in
          let features = input(batch, in: context)
          return features.linear
            + features.vectors.pairwiseProducts(vectorCount: input.vectorCount) + context(bias)
        }))
  }
}
