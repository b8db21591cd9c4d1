import Configuration
import Layers
import TensorCore

/// Adaptive information transfer along chains of tasks.
///
/// With q_t the last hidden layer of the tower of t and f the task that t follows (z_t = q_t if t
/// follows no task),
///
///     p   = g_t(z_f)
///     z_t = Σ_{u ∈ {p, q_t}} w_u · V_t u,   w_u = softmax over u of ⟨Q_t u, K_t u⟩ / √k
///     logit_t = last layer of the tower of t (z_t)
///
/// - k: the number of columns of q; g: a layer with the activation and dropout of the towers; Q, K,
///   V: matrices without biases.
///
/// The calibrator adds `calibratorWeight` times Σ_t mean over rows of
/// max(σ(logit_t) - σ(logit_f), 0) to the loss, since the probability of a task should not exceed
/// that of the task it follows.
///
/// On the flat axis, g, Q, K and V are private to each scenario, like the towers.
///
/// Source: Xi et al., Modeling the sequential dependence among audience multi-step conversions with
/// multi-task learning in targeted display advertising, KDD 2021, equations 5 to 12; the authors'
/// code for g.
final class AITM: PredictionHead {
  struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Factor of the calibrator, which punishes a follower that is likelier than what it follows.",
      in: 0...1e3)
    var calibratorWeight = 0.6
  }

  static let card = MethodCard(
    id: "aitm", title: "AITM",
    paper:
      "Xi et al., Modeling the sequential dependence among audience multi-step conversions with "
      + "multi-task learning in targeted display advertising, KDD 2021",
    deviations: [
      "The head works with any model with towers; the paper's towers share embeddings alone.",
      "Every transfer has its own query, key and value matrices; the authors' code has one set for all, "
        + "which is the same for two tasks.",
      "A task follows the one that the data name, so chains may branch.",
    ])

  private let chains: TaskChains
  private let transfers: [InformationTransfer?]
  private let calibratorWeight: Double

  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) throws {
    try towers.requireChains(for: Self.card.id)
    chains = towers.chains
    calibratorWeight = hyperparameters.calibratorWeight
    transfers = towers.chains.followed.enumerated().map { task, followed in
      followed.map { _ in
        InformationTransfer(
          size: towers.representationSize, settings: towers.settings,
          scopes: towers.scopes(of: task, "transfer"))
      }
    }
  }

  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions {
    var representations = (0..<towers.taskCount).map { towers.representation(of: $0) }
    for task in chains.order {
      guard let followed = chains.followed[task], let transfer = transfers[task] else { continue }
      representations[task] = transfer(
        from: representations[followed], to: representations[task], segments: towers.segments,
        in: context)
    }
    let logits = representations.enumerated().map { towers.logits(of: $0, from: $1) }
    return Predictions(logits: concatenated(logits), auxiliaryLosses: calibrators(logits))
  }

  /// The terms of the calibrator; empty for a batch without rows.
  private func calibrators(_ logits: [Variable]) -> [Predictions.AuxiliaryLoss] {
    guard calibratorWeight > 0 else { return [] }
    let probabilities = logits.map { $0.sigmoid() }
    let excesses = chains.followed.enumerated().compactMap { task, followed in
      followed.map { (probabilities[task] - probabilities[$0]).relu().mean() }
    }
    guard !excesses.isEmpty else { return [] }
    return [.init(name: "calibrator", weight: calibratorWeight, value: sum(excesses))]
  }
}

/// Transfers information from the tower of a followed task to that of its follower, with one set of
/// matrices per segment.
private final class InformationTransfer {
  private let gate: MLPBank
  private let queries: [Parameter]
  private let keys: [Parameter]
  private let values: [Parameter]
  private let path: String

  init(size: Int, settings: TowerHyperparameters, scopes: [ParameterScope]) {
    gate = MLPBank(
      inputSize: size, sizes: [size], activation: settings.activation,
      dropoutRate: settings.dropout, scopes: scopes)
    func matrices(_ name: String) -> [Parameter] {
      scopes.map {
        $0[name].weight(shape: [size, size])
      }
    }
    queries = matrices("query")
    keys = matrices("key")
    values = matrices("value")
    path = ParameterScope.commonPath(of: scopes)
  }

  /// from, to, result: `[rows, size]`.
  func callAsFunction(
    from followed: Variable, to own: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable {
    let candidates = [gate(followed, segments: segments, in: context), own]
    func mapped(_ matrices: [Parameter]) -> [Variable] {
      let weights = matrices.map { context($0) }
      return candidates.map { $0.affine(segments: segments, weights: weights) }
    }
    let scale = 1 / Float(max(1, own.shape[1])).squareRoot()
    let scores = zip(mapped(queries), mapped(keys)).map { query, key in
      (query * key).sum(over: .columns).scaled(by: scale)
    }
    let weights = concatenated(scores).softmax()
    context.observer?.show(path, weights.value)
    let parts = mapped(values).enumerated().map { $1 * weights.columns($0..<$0 + 1) }
    return parts[0] + parts[1]
  }
}
