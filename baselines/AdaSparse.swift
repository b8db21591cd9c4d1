import Configuration
import Layers
import Ranking
import TensorCore

/// Adaptively sparse networks: a shared bottom, the neurons of which are weighted, or pruned, for
/// each scenario and row.
///
///     h_{l+1} = f((π_l ⊙ h_l) W_l + b_l),   h_0 = x,   logit_o = tower_o(π_L ⊙ h_L)
///     π_l = S(v_l),   v_l = [e_s; h_l] V_l
///     fusion:        S(v) = β σ(α v), or 0 where that is less than ε
///     binarization:  S(v) = 1, or 0 where σ(α v) is less than ε
///     scaling:       S(v) = β σ(v)
///
/// - x: `[rows, inputSize]`; e_s: the embedding of the row's scenario, a leaf of the tree; V:
///   without bias; β = 2; α grows linearly from 0.1 to 5 in the first `growthEpochs` epochs; o: a
///   task, or a task in a scenario on the flat axis, where the towers alone are private.
/// - The gradient of binarization is that of σ(α v).
///
/// To the loss is added `sparsityWeight` · (1 / (L + 1)) Σ_l |r_l - r|, with r_l = 1 - mean of π_l
/// over rows and neurons and r the middle of the target interval; the term of a layer whose r_l
/// lies in the interval is 0.
///
/// Source: Yang et al., AdaSparse: learning adaptively sparse structures for multi-domain
/// click-through rate prediction, CIKM 2022.
public final class AdaSparse: RankingModel {
  /// How the factors of neurons are formed.
  public enum Pruning: String, ConfigurationChoice {
    /// Factors between 0 and 2; small ones are zero.
    case fusion
    /// Factors 0 and 1.
    case binarization
    /// Factors between 0 and 2.
    case scaling
  }

  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``AdaSparse``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting("How the factors of neurons are formed.")
    public var pruning = Pruning.fusion
    @Setting(
      "Factors below it are zero, for fusion and binarization (ε).", in: 0...1,
      search: .choice([0.1, 0.25]))
    public var threshold = 0.25
    @Setting("Epochs in which the slope grows from 0.1 to 5 (α).", in: 0...1000)
    public var growthEpochs = 5.0
    @Setting("Weight of the sparsity loss.", in: 0...1e3, search: .logUniform(1e-3...1e-1))
    public var sparsityWeight = 0.01
    @Setting("Least sparsity without loss.", in: 0...1)
    public var leastSparsity = 0.15
    @Setting("Greatest sparsity without loss.", in: 0...1)
    public var greatestSparsity = 0.25
    @Setting("Columns of the scenario's embedding that pruners read.", in: 1...512)
    public var indicatorSize = 16
    @Setting(
      "Layer sizes of the shared network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var bottomSizes = [256, 128]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}

    /// Rejects bounds of sparsity in the wrong order.
    ///
    /// - Throws: ``Diagnostic``.
    public func validate() throws {
      guard leastSparsity <= greatestSparsity else {
        throw Diagnostic(
          "leastSparsity is \(leastSparsity), but greatestSparsity is \(greatestSparsity)")
      }
    }
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "adasparse", title: "AdaSparse", group: "Scenarios",
    paper: "Yang et al., AdaSparse: learning adaptively sparse structures for multi-domain "
      + "click-through rate prediction, CIKM 2022",
    deviations: [
      "The pruned network is a shared bottom, with a tower per task above it whose hidden layers are not pruned; the paper has one task, and its network is that with towerSizes [].",
      "The threshold of fusion is compared with β σ(α v); the paper compares the output of the pruner.",
      "Sparsity is one minus the mean factor over all rows of a batch, which can be differentiated and counts zeros where factors are 0 and 1.",
      "The weight of the sparsity loss is constant; the paper's grows in training, and with |r_l - r| itself.",
      "Binarization has the gradient of the sigmoid; as printed it has none.",
    ])

  private let settings: Hyperparameters
  private let leafCount: Int
  private let input: InputLayer
  private let indicators: EmbeddingTable
  private let pruners: [Parameter]
  private let layers: [MLP]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    indicators = EmbeddingTable(
      count: leafCount, size: settings.indicatorSize, scope: scope["indicators"])
    let sizes = [input.outputSize] + settings.bottomSizes
    pruners = sizes.enumerated().map { depth, size in
      scope["pruners"][depth].weight(shape: [settings.indicatorSize + size, size])
    }
    layers = settings.bottomSizes.indices.map { depth in
      settings.towers.mlp(
        inputSize: sizes[depth], sizes: [sizes[depth + 1]], scope: scope["bottom"][depth])
    }
    towers = try Towers(
      settings.towers, inputSize: sizes[sizes.count - 1], axis: settings.axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: settings.axis, leafCount: leafCount)
    let indicator = parts.ordered(indicators(batch.leaves, in: context))
    var h = parts.ordered(input(batch, in: context))
    var deviations: [Variable] = []
    for (depth, pruner) in pruners.enumerated() {
      let factors = factors(
        concatenated([indicator, h]).affine(weight: context(pruner)),
        slope: slope(at: context.moment))
      deviations.append(excessSparsity(of: factors))
      h = factors * h
      if depth < layers.count { h = layers[depth](h, in: context) }
    }
    let predictions = towers(h, parts: parts, in: context)
    guard context.isTraining, settings.sparsityWeight > 0 else { return predictions }
    return predictions.adding([
      Predictions.AuxiliaryLoss(
        name: "sparsity", weight: settings.sparsityWeight,
        value: sum(deviations) / Float(deviations.count))
    ])
  }

  /// α.
  private func slope(at moment: TrainingMoment) -> Float {
    let progress =
      settings.growthEpochs > 0 ? min(1, moment.epoch / settings.growthEpochs) : 1
    return Float(0.1 + (5 - 0.1) * progress)
  }

  /// π: `[rows, neurons]`, like v.
  private func factors(_ v: Variable, slope: Float) -> Variable {
    let threshold = Float(settings.threshold)
    func kept(_ x: Variable) -> Variable {
      Variable(Tensor(x.value.values.map { $0 < threshold ? 0 : 1 }, shape: x.shape))
    }
    switch settings.pruning {
    case .scaling: return 2 * v.sigmoid()
    case .fusion:
      let factors = 2 * (slope * v).sigmoid()
      return factors * kept(factors)
    case .binarization:
      let soft = (slope * v).sigmoid()
      return soft + (kept(soft) - soft.detached())
    }
  }

  /// |r_l - r|, or zero for a sparsity in the target interval.
  private func excessSparsity(of factors: Variable) -> Variable {
    let sparsity = 1 - factors.mean()
    let target = settings.leastSparsity...settings.greatestSparsity
    let isMet = target.contains(Double(sparsity.value.scalar))
    let middle = Float((target.lowerBound + target.upperBound) / 2)
    return (sparsity - middle).absolute().scaled(by: isMet ? 0 : 1)
  }
}
