import AESM2
import TensorCore
import TestKit

/// The experts that a row selects by another rule than Kullback-Leibler divergences, without noise.
struct NaiveSelectionRule {
  typealias Vector = [Double]

  let layer: NaiveSelectionLayer
  /// The mean of the gates' softmaxes over experts; nil for that of the row itself.
  let pooledShares: Vector?

  /// - Parameter logits: Those of every gate.
  func chosen(by logits: [Vector], own: Int, ids: [Int32]) throws -> Set<Int> {
    let (path, count) = (layer.path, layer.specificCount + layer.sharedCount)
    switch layer.settings.selection {
    case .kl, .dense: return Set(0..<layer.expertCount)
    case .topK, .promptTopK: return greatest(logits[own], count)
    case .sharedFirst:
      let shares = logits.map(NaiveNetwork.softmax)
      let mean = NaiveNetwork.mixture(shares.map { _ in 1 / Double(shares.count) }, shares)
      return sharedFirst(pooledShares ?? mean, then: shares[own])
    case .random:
      return sharedFirst(
        try layer.network.row(layer.gateCount, of: "\(path)/claims"),
        then: try layer.network.row(own, of: "\(path)/claims"))
    case .hash:
      let gate = layer.gateCount == 1 ? 0 : own
      return sharedFirst(
        hashes("\(path)/shared", ids), then: hashes("\(path)/gate/\(gate)", ids))
    }
  }

  private func hashes(_ key: String, _ ids: [Int32]) -> Vector {
    var hash = stableHash(key)
    for id in ids { hash = RandomStream.mix(hash &+ UInt64(id)) }
    return (0..<layer.expertCount).map { k in
      Double(RandomStream.mix(hash &+ UInt64(k) &+ 1) / 1_099_511_627_776)
    }
  }

  private func sharedFirst(_ shared: Vector, then specific: Vector) -> Set<Int> {
    let first = greatest(shared, layer.sharedCount)
    let others = specific.indices.map { first.contains($0) ? -Double.infinity : specific[$0] }
    return first.union(greatest(others, layer.specificCount))
  }

  private func greatest(_ values: Vector, _ count: Int) -> Set<Int> {
    Set(values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(count))
  }
}
