import Ranking
import TensorCore

/// The batches of every epoch, in an order that depends on the seed and the epoch alone.
///
/// Epoch `e` visits the rows in the order of a Fisher-Yates shuffle by the stream
/// `shuffle/epoch/<e>`. The last batch has the rows that are left over.
struct TrainingBatches: Sendable {
  /// A batch with the weights of its cross-entropies.
  struct Prepared: Sendable {
    var rows: LabeledBatch
    var lossWeights: Tensor
  }

  let source: any RowSource
  let batchSize: Int
  let reduction: LossReduction
  let taskWeights: [Double]
  let streams: RandomStreams

  var stepsPerEpoch: Int { (source.rowCount + batchSize - 1) / batchSize }

  /// Returns the batches of an epoch from a position on, each made one step ahead of its use.
  func prefetched(epoch: Int, from position: Int) -> Prefetcher<Prepared> {
    var order = Array(0..<Int32(source.rowCount))
    var stream = streams["shuffle/epoch/\(epoch)"]
    stream.shuffle(&order)
    let leafCount = source.problem.scenarios.leafCount
    return Prefetcher(position..<stepsPerEpoch) { [order, self] index in
      let rows = try source.batch(
        rows: Array(order[index * batchSize..<min(order.count, (index + 1) * batchSize)]))
      let lossWeights = reduction.weights(
        mask: rows.mask, leaves: rows.batch.leaves, leafCount: leafCount, taskWeights: taskWeights)
      if let weights = rows.weights {
        reduction.weighting(
          lossWeights, byRows: weights, mask: rows.mask, leaves: rows.batch.leaves,
          leafCount: leafCount)
      }
      return Prepared(rows: rows, lossWeights: lossWeights)
    }
  }
}
