import Configuration
import Ranking
import TensorCore

/// How the gradients of objectives agree on the parameters that they share.
///
/// With g_o the gradient of objective o's part of the loss of a batch with respect to the dense parameters that
/// at least two objectives reach (``ObjectiveGradients``), and the mean over batches in which both have rows:
///
///     cosine(o, p) = g_o · g_p / (‖g_o‖ ‖g_p‖)
///
/// A negative cosine means that a step that lowers one loss raises the other, to first order.
///
/// Source: Yu et al. (PCGrad), NeurIPS 2020, definition 1.
public struct GradientConflict: Sendable, Equatable {
  /// The names of the objectives.
  public let objectives: [String]
  /// The mean cosine of every pair, `[objectives][objectives]`; nil for a pair that never had gradients on common
  /// parameters.
  public let cosines: [[Double?]]
  /// The share of batches with a negative cosine, of every pair.
  public let conflicts: [[Double?]]
  /// The number of batches.
  public let batchCount: Int

  /// Averages over batches the cosines from inner products, `[batch][objectives][objectives]`.
  init(objectives: [String], products batches: [[[Double]]]) {
    self.objectives = objectives
    batchCount = batches.count
    func average(_ value: (Double) -> Double) -> [[Double?]] {
      objectives.indices.map { i in
        objectives.indices.map { j in
          let cosines = batches.compactMap { products -> Double? in
            let square = products[i][i] * products[j][j]
            return square > 0 ? products[i][j] / square.squareRoot() : nil
          }
          return cosines.isEmpty
            ? nil : cosines.reduce(0) { $0 + value($1) } / Double(cosines.count)
        }
      }
    }
    cosines = average { $0 }
    conflicts = average { $0 < 0 ? 1 : 0 }
  }

  /// The conflict as JSON.
  public var configuration: ConfigurationValue {
    func matrix(_ values: [[Double?]]) -> ConfigurationValue {
      .list(
        values.map { row in
          .list(row.map { $0.map { .number(($0 * 1e5).rounded() / 1e5) } ?? .null })
        })
    }
    return .object([
      "batches": .integer(batchCount), "conflicts": matrix(conflicts), "cosines": matrix(cosines),
      "objectives": objectives.configuration,
    ])
  }
}

extension BuiltModel {
  /// Compares the gradients of objectives on the first batches of an epoch of training; the model does not
  /// change.
  ///
  /// The model predicts as in evaluation, so without dropout and noise, and the losses are cross-entropies with
  /// the weights of training, without auxiliary losses.
  ///
  /// - Parameters:
  ///   - axis: The objectives.
  ///   - training: The rows.
  ///   - options: Those of training: the rows to keep, batch size, loss reduction, task weights and
  ///     precision.
  ///   - batchCount: The greatest number of batches.
  ///   - seed: The seed of the run, which decides on the order of rows.
  /// - Throws: ``Diagnostic`` if the split has no rows or does not belong to the model's problem, or there is
  ///   only one objective; an error if rows cannot be read.
  public func gradientConflict(
    among axis: BalanceAxis, on training: TrainingSplit, options: TrainingOptions,
    batchCount: Int = 16, seed: UInt64
  ) throws -> GradientConflict {
    try options.precision.checkAvailable()
    let problem = training.rows.problem
    try problem.check(isThatOf: self, in: "the split to inspect")
    guard training.rows.rowCount > 0 else { throw Diagnostic("the split to inspect has no rows") }
    let objectives = Objectives(axis, of: problem)
    guard objectives.count > 1 else {
      throw Diagnostic(
        "there is nothing but '\(objectives.names.first ?? "")' among \(axis.rawValue), so no "
          + "gradients can be in conflict")
    }
    let batches = TrainingBatches(
      source: try options.keptRows(of: training.rows), batchSize: options.batchSize,
      reduction: options.lossReduction,
      taskWeights: options.taskWeights.isEmpty ? problem.tasks.map { _ in 1 } : options.taskWeights,
      streams: RandomStreams(seed: options.fixedSeeds.seed(of: .order, inRun: seed)))
    let prefetched = batches.prefetched(epoch: 0, from: 0)
    let dense = store.parameters.filter { !$0.isTable }
    var products: [[[Double]]] = []
    while products.count < batchCount, let batch = try prefetched.next() {
      let tape = Tape()
      store.clearGradients()
      let gradients = MatrixPrecision.$current.withValue(options.precision) {
        let logits = self(batch.rows.batch, in: .evaluation(at: moment, tape: tape)).logits
        let sums = logits.sigmoidCrossEntropies(
          labels: batch.rows.labels, weights: batch.lossWeights,
          objectives: objectives.indices(leaves: batch.rows.batch.leaves),
          objectiveCount: objectives.count)
        return tape.gradients(ofEach: sums)
      }
      products.append(ObjectiveGradients(gradients, of: dense).products)
    }
    return GradientConflict(objectives: objectives.names, products: products)
  }
}
