import MessagePassing
import TensorCore

/// The reduction of gradients over ranks, overlapped with the backward pass, and the distribution of
/// updated weights.
///
/// Dense parameters are packed into buckets (``GradientBucket``). As soon as the backward pass has
/// completed the gradients of a bucket, each rank begins to send every other rank its part of it, and
/// receives its own part from all of them. It adds these up in rank order, updates the weights of its
/// part, whose optimizer state only this rank keeps, and sends the new weights to all. With n ranks
/// and P parameters, each rank sends and receives 2 (n - 1) / n · P numbers per step, as in a ring.
///
/// The gradients of embedding tables consist of rows, which go to the rank that keeps or sums them
/// (``/TensorCore/RowShards``).
final class GradientReduction: UpdatesDuringBackward {
  private let ranks: RankGroup
  private let buckets: [GradientBucket]
  private let tables: [Parameter]
  private let places: [ObjectIdentifier: Int]
  /// The summed gradients of the rows of every table that belong to this rank.
  private var tableParts: [RowGradient] = []

  /// Creates the reduction for the parameters of an optimizer.
  ///
  /// - Parameter bucketSize: The number of elements from which on a bucket takes no more parameters.
  init(_ parameters: [Parameter], ranks: RankGroup, bucketSize: Int = 1 << 20) {
    self.ranks = ranks
    tables = parameters.filter(\.isTable)
    // Gradients become final roughly from the last layer to the first.
    var groups: [[Parameter]] = []
    var size = bucketSize
    for parameter in parameters.reversed() where !parameter.isTable {
      if size >= bucketSize {
        groups.append([])
        size = 0
      }
      groups[groups.count - 1].append(parameter)
      size += parameter.value.count
    }
    buckets = groups.enumerated().map { GradientBucket($1, number: $0, ranks: ranks) }
    var places: [ObjectIdentifier: Int] = [:]
    for (place, group) in groups.enumerated() {
      for parameter in group { places[ObjectIdentifier(parameter)] = place }
    }
    self.places = places
  }

  // MARK: During the backward pass

  /// None: a gradient has to be summed before it is used.
  func update(of parameter: Parameter) -> BlockUpdate? { nil }

  /// Packs the gradient, and begins to send its bucket if it is complete; advances earlier ones.
  func gradientIsFinal(of parameter: Parameter) {
    guard let place = places[ObjectIdentifier(parameter)] else { return }
    buckets[place].add(parameter)
    for bucket in buckets { bucket.advance() }
  }

  // MARK: After the backward pass

  /// Completes all sums; collective.
  ///
  /// - Parameter body: Called for every part of a dense parameter that this rank updates, with its
  ///   gradient, as soon as it is complete. If nil, ``forEachOwnPart(_:)`` has to follow.
  func finish(updating body: GradientBucket.PartUpdate?) {
    for bucket in buckets { bucket.addMissing() }
    for bucket in buckets {
      bucket.reduce()
      if let body {
        bucket.forEachOwnPart(body)
        bucket.startSharing()
      }
    }
    tableParts = tables.map(reduce)
  }

  /// Calls `body` for every part of a dense parameter that this rank updates, with its gradient.
  func forEachOwnPart(_ body: GradientBucket.PartUpdate) {
    for bucket in buckets {
      bucket.forEachOwnPart(body)
      bucket.startSharing()
    }
  }

  /// Waits until all ranks' updated weights are here; collective.
  func finishSharing() { for bucket in buckets { bucket.finishSharing() } }

  /// Returns the squared norm of the summed gradient, of which every rank has a part; collective.
  func squaredNorm() -> Double {
    let dense = buckets.reduce(0) { $0 + $1.squaredNormOfOwnPart }
    let own = tableParts.reduce(dense) {
      $0 + ParameterGradient.rows($1).squaredNorm(ofAll: nil)
    }
    return ranks.sum([own])[0]
  }

  /// Replaces the gradient of a table by its sum over ranks, or by that of this rank's rows, which is
  /// returned.
  private func reduce(_ table: Parameter) -> RowGradient {
    let gradient: RowGradient? =
      switch table.gradient {
      case .none: nil
      case .rows(let rows): rows
      case .dense(let values):
        RowGradient(indices: Array(0..<Int32(values.rowCount)), values: values)
      }
    table.clearGradient()
    let shards = table.shards ?? RowShards(rowCount: table.value.rowCount, ranks: ranks)
    let own = shards.sum(gradient, columns: table.value.columnCount)
    table.accumulate(table.shards == nil ? shards.replicated(own) : own)
    return own
  }

  // MARK: State

  /// Brings the state of all dense parameters to the leader; collective.
  ///
  /// - Parameter state: The state tensors of a parameter.
  func gatherState(_ state: (Parameter) -> [Tensor]) {
    for bucket in buckets { bucket.gatherState(state) }
  }
}
