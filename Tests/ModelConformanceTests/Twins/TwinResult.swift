import Ranking
import TensorCore
import TestKit
import Training

extension TwinCase {
  /// The parameters that are constants in the phase of the pass.
  static func frozen(_ built: BuiltModel) -> [Parameter] {
    let phase = built.phases.phases.first { $0.name == built.moment.phase }
    guard let groups = phase?.groups else { return [] }
    return built.store.parameters.filter { !groups.contains($0.group) }
  }

  /// What the model makes of the rows.
  struct Result {
    /// The log-odds of a pass for prediction alone (none with the moments of a batch), and of the pass that is
    /// differentiated: row by row.
    var predicted: [Double]?
    var logits: [Double]
    /// The mean log loss of every task over the rows on which it is defined.
    var losses: [Double]
    /// Auxiliary losses with their factors.
    var auxiliary: [String: Double]
    /// The loss with the reduction `cell`, and auxiliary losses.
    var total: Double
    /// The gradient of the total.
    var gradients: [String: [Double]]

    /// Whether another result differs by more than the rounding of other kernels.
    func differs(from other: Result) -> Bool {
      gradients.count != other.gradients.count || abs(total - other.total) > 1e-5
        || zip(logits, other.logits).contains { abs($0 - $1) > 1e-4 }
    }
  }

  /// Whether the differentiated pass is one of evaluation, since one of training would draw noise, or use the moments
  /// of the batch.
  func isOfEvaluation(_ built: BuiltModel) -> Bool {
    Self.hasNoise(entry) || (Self.normalizes(built) && !hasBatchMoments)
  }

  static func hasNoise(_ entry: CatalogEntry) -> Bool { entry.card.id == "snr-trans" }

  static func normalizes(_ built: BuiltModel) -> Bool {
    built.store.buffers.contains { $0.name.hasSuffix("runningVariance") }
  }

  func result() throws -> Result {
    let built = try build()
    let rows = problem.rows.all
    let tape = Tape()
    let context: ForwardContext =
      isOfEvaluation(built)
      ? .evaluation(at: built.moment, tape: tape)
      : .training(
        tape: tape, streams: RandomStreams(seed: 1), at: built.moment, frozen: Self.frozen(built))
    let predictions = built(rows.batch, in: context)
    let tasks = problem.problem.tasks.indices
    let weights = LossReduction.cell.weights(
      mask: rows.mask, leaves: rows.batch.leaves,
      leafCount: problem.problem.scenarios.leafCount, taskWeights: tasks.map { _ in 1 })
    let additional = predictions.additionalLosses(labels: rows.labels, weights: weights)
    let total = additional.filter { $0.weight != 0 }.reduce(
      predictions.logits.sigmoidCrossEntropy(labels: rows.labels, weights: weights)
    ) { $0 + $1.value.scaled(by: Float($1.weight)) }
    tape.backward(from: total)
    return Result(
      predicted: hasBatchMoments ? nil : built.logits(rows).values.map(Double.init),
      logits: predictions.logits.value.values.map(Double.init),
      losses: tasks.map { Self.meanLogLoss(predictions.logits, rows, task: $0) },
      auxiliary: Dictionary(
        additional.map { ($0.name, $0.weight * Double($0.value.value.scalar)) },
        uniquingKeysWith: +),
      total: Double(total.value.scalar),
      gradients: Dictionary(
        uniqueKeysWithValues: built.store.parameters.map {
          ($0.name, $0.gradientValues.map(Double.init))
        }))
  }

  private static func meanLogLoss(_ logits: Variable, _ rows: LabeledBatch, task: Int) -> Double {
    let count = rows.mask.shape[1]
    let mask = rows.mask.values.enumerated().map { $0 % count == task ? $1 : 0 }
    let defined = mask.reduce(0, +)
    return Double(
      Variable(logits.value).sigmoidCrossEntropy(
        labels: rows.labels,
        weights: Tensor(mask.map { $0 / max(1, defined) }, shape: rows.mask.shape)
      ).value.scalar)
  }
}
