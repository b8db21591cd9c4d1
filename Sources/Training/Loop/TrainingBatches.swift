import MessagePassing
import Ranking
import TensorCore

/// The batches of every epoch, in an order that depends only on the seed and the epoch.
///
/// Epoch `e` visits the rows in the order of a Fisher-Yates shuffle by the stream
/// `shuffle/epoch/<e>`, or `shuffle/<phase>/epoch/<e>` if training has several phases. The last
/// batch has the remaining rows. If several ranks train together, every rank has a contiguous share of
/// the rows of each batch and reads no others.
struct TrainingBatches: Sendable {
  /// A batch with the weights of its cross-entropies.
  struct Prepared: Sendable {
    var rows: LabeledBatch
    var lossWeights: Tensor
    /// The tally of the rows from which the weights are computed.
    var tally: LossTally
    /// The number of rows of the batch on all ranks.
    var batchRowCount: Int
  }

  let source: any RowSource
  let batchSize: Int
  let reduction: LossReduction
  let taskWeights: [Double]
  let streams: RandomStreams
  /// The ranks among which every batch is divided; nil for one.
  var ranks: RankGroup?

  /// The name of the phase; empty if there is only one.
  var phase = ""
  /// The rows to visit; nil for all.
  var rows: [Int32]?

  var rowCount: Int { rows?.count ?? source.rowCount }
  var stepsPerEpoch: Int { (rowCount + batchSize - 1) / batchSize }

  /// Returns the batches of a phase, which may see only part of the rows.
  func batches(of phase: TrainingPhase) -> TrainingBatches {
    var result = self
    result.phase = phase.name
    if phase.rows != 0..<1 {
      var order = Array(0..<Int32(source.rowCount))
      var stream = streams["phases/rows"]
      stream.shuffle(&order)
      func place(_ share: Double) -> Int {
        Int((min(max(share, 0), 1) * Double(order.count)).rounded())
      }
      result.rows = order[place(phase.rows.lowerBound)..<place(phase.rows.upperBound)].sorted()
    }
    return result
  }

  /// Returns the batches of an epoch from a position on, each prepared one step ahead of its use.
  func prefetched(epoch: Int, from position: Int) -> Prefetcher<Prepared> {
    var order = rows ?? Array(0..<Int32(source.rowCount))
    var stream = streams["shuffle/\(phase.isEmpty ? "" : phase + "/")epoch/\(epoch)"]
    stream.shuffle(&order)
    return Prefetcher(position..<stepsPerEpoch) { [order, self] index in
      let batch = order[index * batchSize..<min(order.count, (index + 1) * batchSize)]
      let share = ranks?.share(of: batch.count, rank: ranks?.rank ?? 0) ?? 0..<batch.count
      let rows = try source.batch(
        rows: Array(
          batch[batch.startIndex + share.lowerBound..<batch.startIndex + share.upperBound]))
      let tally = reduction.tally(
        mask: rows.mask, leaves: rows.batch.leaves,
        leafCount: source.problem.scenarios.leafCount, rowWeights: rows.weights)
      return prepared(rows, in: tally, batchRowCount: batch.count)
    }
  }

  /// Returns this rank's rows with the loss weights that they have in the whole batch; collective.
  func weighedOverRanks(_ batch: Prepared) -> Prepared {
    guard let ranks else { return batch }
    let (counts, weights) = (batch.tally.counts, batch.tally.rowWeights)
    let sums = ranks.sum(counts.map(Double.init) + weights)
    return prepared(
      batch.rows,
      in: LossTally(
        counts: sums[..<counts.count].map { Int($0) }, rowWeights: Array(sums[counts.count...])),
      batchRowCount: batch.batchRowCount)
  }

  private func prepared(_ rows: LabeledBatch, in tally: LossTally, batchRowCount: Int) -> Prepared {
    let lossWeights = reduction.weights(
      mask: rows.mask, leaves: rows.batch.leaves, taskWeights: taskWeights, in: tally)
    if let weights = rows.weights {
      reduction.weighting(
        lossWeights, byRows: weights, mask: rows.mask, leaves: rows.batch.leaves, in: tally)
    }
    return Prepared(
      rows: rows, lossWeights: lossWeights, tally: tally, batchRowCount: batchRowCount)
  }
}
