import Configuration
import Layers
import Ranking
import TensorCore

/// Logistic regression, the reference for a model without feature interactions.
///
///     logit_t = b_t + Σ_f w_t[id_f] + Σ_g mean of w_t over bag_g + Σ_c w_t[c] · column_c
///
/// - f: the categorical features, and every level of the scenario tree; g: the multi-valued ones;
///   an empty bag adds nothing; c: the columns of numerical features
///   (``/Layers/NumericalEncoder``). Every task t has its own weights.
///
/// With `scenarioWeights`, every leaf scenario s has an additional copy of all these weights, which
/// its rows add to the shared ones: `w_t + w_{t,s}`. The penalty then pulls scenarios toward each
/// other.
///
/// The weights are the optimum of the penalized training objective; see ``/Ranking/LinearModel``.
/// All except the bias b are penalized by `l2` / 2 times their squares, and the row weights of a
/// task sum to one: if all N rows have equal weight, this is scikit-learn's `LogisticRegression` at
/// `C = 1 / (N · l2)`.
///
/// Sources: Cox, J. R. Stat. Soc. B 20, 1958; for scenario weights, Daumé III, ACL 2007.
public final class LogisticRegression: LinearModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``LogisticRegression``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Half of this times the squares of the weights is added to the mean loss.", in: 1e-12...1e3,
      search: .logUniform(1e-8...1e-2))
    public var l2 = 1e-5
    @Setting("Whether the scenario is also an ordinary categorical feature.")
    public var scenarioFeature = true
    @Setting(
      "Whether every scenario adds weights of its own to the shared ones.",
      search: .choice([false, true]))
    public var scenarioWeights = false
    @Setting(
      "What the columns of a numerical feature are: the number, its quantile, or one per bin.")
    public var numericalEncoding = FixedNumericalEncoding.raw
    @Setting(
      "Bins between quantiles of training rows, for quantile and piecewise-linear.", in: 2...256)
    public var numericalBins = 16
    public var convergence = Convergence()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "logistic-regression", title: "Logistic regression", group: "Floors",
    paper: "Cox, The regression analysis of binary sequences, J. R. Stat. Soc. B 20, 1958")

  /// W: `[features, tasks]`; the rows are the bias, the ids of every field, of every level of the
  /// scenario tree and of every bag, and the numerical columns; then the same for every leaf
  /// scenario.
  public let weights: Parameter
  /// `l2`, and 0 for the shared bias.
  public let penalties: [Double]
  /// The criterion for ending the search for the optimum.
  public let convergence: Convergence

  private let fieldStarts: [Int]
  private let levels: [(start: Int, indices: [Int])]
  private let bagStarts: [Int]
  private let encoder: NumericalEncoder
  private let numericalStart: Int
  private let blockSize: Int
  private let hasScenarioWeights: Bool

  /// Creates the model with zero weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    let tree = problem.scenarios
    var next = 1
    func claim(_ count: Int) -> Int {
      defer { next += count }
      return next
    }
    fieldStarts = problem.fields.map { claim($0.vocabularySize) }
    levels =
      settings.scenarioFeature
      ? tree.levels.indices.map {
        (claim(tree.levels[$0].values.count), tree.indices(atLevel: $0))
      } : []
    bagStarts = problem.bags.map { claim($0.vocabularySize) }
    encoder = NumericalEncoder(
      settings.numericalEncoding, featureCount: problem.numericals.count,
      binCount: settings.numericalBins, scope: scope)
    numericalStart = claim(encoder.outputSize)
    blockSize = next
    hasScenarioWeights = settings.scenarioWeights && tree.leafCount > 1
    let featureCount = blockSize * (hasScenarioWeights ? 1 + tree.leafCount : 1)
    penalties = [0] + Array(repeating: settings.l2, count: featureCount - 1)
    convergence = settings.convergence
    weights = scope.parameter(
      "weights", shape: [featureCount, problem.tasks.count], initializer: .zeros, isTable: true)
  }

  /// Returns the features of every row: the shared features, then those of its scenario.
  public func features(of batch: Batch) -> SparseRows {
    let numericals = encoder(batch.numericals)
    let width = 1 + fieldStarts.count + levels.count + encoder.outputSize
    let bagged = batch.bags.reduce(0) { $0 + $1.ids.count }
    let copies = hasScenarioWeights ? 2 : 1
    var x = SparseRows(
      columnCount: weights.value.rowCount, rowCapacity: batch.rowCount,
      elementCapacity: copies * (batch.rowCount * width + bagged))
    for row in 0..<batch.rowCount {
      let leaf = Int(batch.leaves[row])
      for base in hasScenarioWeights ? [0, (1 + leaf) * blockSize] : [0] {
        append(row, of: batch, numericals, leaf: leaf, from: base, to: &x)
      }
      x.endRow()
    }
    return x
  }

  /// Adds the features of a row to a block of weights that begins at `base`.
  private func append(
    _ row: Int, of batch: Batch, _ numericals: Tensor, leaf: Int, from base: Int,
    to x: inout SparseRows
  ) {
    x.append(1, column: base)
    for (field, start) in fieldStarts.enumerated() {
      x.append(1, column: base + start + Int(batch.ids[row * fieldStarts.count + field]))
    }
    for level in levels { x.append(1, column: base + level.start + level.indices[leaf]) }
    for (bag, start) in zip(batch.bags, bagStarts) {
      let places = Int(bag.offsets[row])..<Int(bag.offsets[row + 1])
      for place in places {
        x.append(1 / Float(places.count), column: base + start + Int(bag.ids[place]))
      }
    }
    numericals.withUnsafeBufferPointer { values in
      for column in 0..<encoder.outputSize {
        let value = values[row * encoder.outputSize + column]
        if value != 0 { x.append(value, column: base + numericalStart + column) }
      }
    }
  }
}
