import Configuration
import Ranking
import TensorCore

/// Logistic regression on gathered embeddings, with dropout, an auxiliary loss, a parameter that
/// one scenario alone reaches, and a running mean: all kinds of state that a checkpoint must hold.
final class ToyModel: RankingModel {
  struct Hyperparameters: HyperparameterSet {
    @Setting("The rate of dropped inputs.", in: 0...0.9)
    var dropout = 0.2
    @Setting("The columns of the table.", in: 1...64)
    var size = 4
    @Setting("The step at which something becomes NaN.")
    var failingStep = -1
    @Setting("Whether that is the auxiliary loss.")
    var poisonsAuxiliary = false
    @Setting("Whether gradients alone overflow, at a bias of zero.")
    var overflowsGradient = false
  }

  static let card = MethodCard(id: "toy", title: "Toy", paper: "none")

  private let settings: Hyperparameters
  private let table: Parameter
  private let weight: Parameter
  private let bias: Parameter
  private let local: Parameter
  private let runningMean: StateBuffer

  init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    table = scope["embedding"].parameter(
      "table", shape: [2 * ToyRows.vocabulary, settings.size],
      initializer: .normal(deviation: 0.1), isTable: true)
    weight = scope["output"].parameter(
      "weight", shape: [2 * settings.size + 2, problem.tasks.count], initializer: .xavierNormal)
    bias = scope["output"].parameter(
      "bias", shape: [problem.tasks.count], initializer: .zeros, decays: false)
    local = scope.private(toScenario: 1).parameter(
      "local", shape: [2, problem.tasks.count], initializer: .xavierNormal)
    runningMean = scope.buffer("runningMean", shape: [2], repeating: 0)
  }

  func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    if context.isTraining { followMean(batch) }
    let ids = batch.ids.enumerated().map { $1 + ($0 % 2 == 0 ? 0 : Int32(ToyRows.vocabulary)) }
    let numericals = Variable(batch.numericals)
    var x = concatenated([context(table).embedded(ids: ids, fieldCount: 2), numericals])
    if context.isTraining {
      x = x.dropout(rate: Float(settings.dropout), using: context.stream("dropout"))
    }
    var logits = x.affine(weight: context(weight), bias: context(bias))
    let rows = batch.leaves.indices.filter { batch.leaves[$0] == 1 }.map(Int32.init)
    if !rows.isEmpty {
      let place = Tensor(zeros: [batch.rowCount, rows.count])
      place.withUnsafeMutableBufferPointer { place in
        for (column, row) in rows.enumerated() { place[Int(row) * rows.count + column] = 1 }
      }
      let part = numericals.rows(rows).affine(weight: context(local))
      logits = logits + Variable(place).affine(weight: part)
    }
    let isPoisoned = context.isTraining && context.step == settings.failingStep
    let norm = (context(bias) * context(bias)).weightedSum(
      Tensor(repeating: isPoisoned && settings.poisonsAuxiliary ? .nan : 1, shape: bias.value.shape)
    )
    if settings.overflowsGradient {
      let huge = context(bias).scaled(by: 1e38).scaled(by: 1e38)
      logits = x.affine(weight: context(weight), bias: huge)
    }
    if isPoisoned, !settings.poisonsAuxiliary {
      weight.value.withUnsafeMutableBufferPointer { $0[0] = .nan }
      logits = x.affine(weight: context(weight), bias: context(bias))
    }
    return Predictions(
      logits: logits,
      auxiliaryLosses: [.init(name: "biasNorm", weight: 0.01, value: norm)])
  }

  private func followMean(_ batch: Batch) {
    runningMean.value.withUnsafeMutableBufferPointer { mean in
      for column in 0..<2 {
        mean[column] += 0.1 * (batch.numericals.values[column] - mean[column])
      }
    }
  }

  /// Builds the model.
  static func built(_ overrides: [String: ConfigurationValue] = [:], seed: UInt64 = 1) throws
    -> BuiltModel
  {
    try Catalog([ToyModel.self]).entry("toy").build(overrides, for: ToyRows.toyProblem, seed: seed)
  }
}
