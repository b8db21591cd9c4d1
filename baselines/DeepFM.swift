import Configuration
import Layers
import Ranking
import TensorCore

/// A factorization machine and a deep network that share their embeddings.
///
///     logit_t = tower_t(f_t(e_t)) + Σ_i w_{t,i} x_i + Σ_{i<j} ⟨v_{t,i}, v_{t,j}⟩ x_i x_j
///
/// - i, j: the features of a row (``/Ranking/FactorInput``), each numerical column among them;
///   e_t = [v_{t,1} x_1; v_{t,2} x_2; …], which both parts read; f_t: an MLP. Every task t has its
///   own w, v, f and tower; the bias is that of the tower's last layer.
///
/// The log-odds of the factorization machine are added to those of the tower before the head.
///
/// Source: Guo et al., DeepFM: a factorization-machine based neural network for CTR prediction,
/// IJCAI 2017, equations 1 to 4.
public final class DeepFM: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``DeepFM``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Layer sizes of the deep network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [400, 400, 400]]))
    public var deepSizes = [256, 128]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "deepfm", title: "DeepFM", group: "Floors",
    paper: "Guo et al., DeepFM: a factorization-machine based neural network for CTR prediction, "
      + "IJCAI 2017",
    deviations: [
      "Every task has its own weights, factors and deep network, with nothing shared; the paper has one task.",
      "The deep network ends in a tower; with towerSizes [] it is the published one.",
      "A multi-valued feature is one feature, the mean over its values, so its values are not paired with each other.",
    ])

  private let inputs: [FactorInput]
  private let networks: [MLP]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    let scopes = problem.tasks.map { scope["tasks"][$0.name] }
    inputs = scopes.map { FactorInput(settings.input, problem: problem, scope: $0["input"]) }
    networks = zip(inputs, scopes).map { input, scope in
      settings.towers.mlp(
        inputSize: input.outputSize, sizes: settings.deepSizes, scope: scope["deep"])
    }
    towers = try Towers(
      settings.towers, inputSize: networks[0].outputSize, axis: .task, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .task, leafCount: 1)
    let features = inputs.map { $0(batch, in: context) }
    let terms = zip(features, inputs).map { features, input in
      features.linear + features.vectors.pairwiseProducts(vectorCount: input.vectorCount)
    }
    let hidden = zip(features, networks).map { $1($0.vectors, in: context) }
    return towers(hidden, parts: parts, in: context) { task, _ in terms[task] }
  }
}
