import Layers
import Ranking
import TensorCore

/// Experts that a draw fixes when the model is created, whatever is learned later.
///
/// K_sh experts are drawn for the layer, and then, for each gate, K_sp of the others; rows select those of their own
/// gate. The experts are those with the greatest of independent uniform numbers, which are stored with the weights, in the
/// buffer `claims`: one row for each gate, then one for the shared experts. Weights are the softmax of the own gate's
/// logits over the selected experts.
///
/// This is the control for any rule that learns what to select: it has the same number of experts, of which as many are
/// shared. Experts that are drawn for no gate are never trained; ``note`` counts them.
final class RandomSelection: ExpertSelector {
  private let specificCount: Int
  private let sharedCount: Int
  private let claims: StateBuffer

  init(
    specificCount: Int, sharedCount: Int, gateCount: Int, expertCount: Int, scope: ParameterScope
  ) {
    self.specificCount = specificCount
    self.sharedCount = sharedCount
    claims = scope.buffer(
      "claims",
      holding: Tensor(
        uniformIn: 0...1, shape: [gateCount + 1, expertCount],
        using: scope.streams["init/\(scope.path)/claims"]))
  }

  var note: String? {
    let n = claims.value.shape[1]
    let sets = setsOfGates()
    let drawn = (0..<n).count { k in
      stride(from: k, to: sets.count, by: n).contains { sets[$0] != 0 }
    }
    return drawn == n ? nil : "\(n - drawn) of \(n) experts are drawn for no gate and never trained"
  }

  /// Returns the experts of every gate: one byte for each, `[m, n]`.
  private func setsOfGates() -> [UInt8] {
    let (m, n) = (claims.value.shape[0] - 1, claims.value.shape[1])
    let numbers = claims.value.values
    return ExpertSelection(
      rowCount: m, expertCount: n,
      shared: (claims: (0..<m).flatMap { _ in numbers[(m * n)...] }, count: sharedCount),
      specific: (claims: Array(numbers[..<(m * n)]), count: specificCount)
    ).sets
  }

  func choice(
    for gates: GateOutputs, pooled: [Float]?, in context: ForwardContext
  ) -> ExpertChoice {
    let (sets, n) = (setsOfGates(), gates.expertCount)
    let selected = gates.own.flatMap { sets[Int($0) * n..<(Int($0) + 1) * n] }
    return ExpertChoice(
      weights: gates.ownLogits.softmax(keeping: selected), selected: selected, sets: selected)
  }
}

/// Experts by a hash of the row's ids.
///
/// The shared experts of a row are the K_sh with the greatest c_k(path/shared), the specific ones those K_sp of the others
/// with the greatest c_k(path/gate/j), where path is that of the layer, j is the own gate, and
///
///     c_k(key) = mix(h_F + k + 1) / 2⁴⁰, rounded down
///     h_0 = the FNV-1a hash of key,   h_f = mix(h_{f-1} + id_f)
///
/// with id_1 … id_F the row's single-valued features and mix the finalizing hash of SplitMix64, in whole numbers of 64
/// bits. So all scenarios and tasks share the experts that the ids alone decide, and the choice depends neither on the seed
/// nor on the batch.
///
/// Source: Roller et al., Hash layers for large sparse models, NeurIPS 2021, where the hash of one token decides on one
/// expert. To take the experts with the greatest hashes is rendezvous hashing (Thaler and Ravishankar, 1998).
struct HashSelection: ExpertSelector {
  let specificCount: Int
  let sharedCount: Int
  let path: String

  func choice(
    for gates: GateOutputs, pooled: [Float]?, in context: ForwardContext
  ) -> ExpertChoice {
    let shared = stableHash("\(path)/shared")
    let specific = (0..<gates.gateCount).map { stableHash("\(path)/gate/\($0)") }
    let selection = ExpertSelection(
      rowCount: gates.rowCount, expertCount: gates.expertCount,
      shared: (claims: claims(gates) { _ in shared }, count: sharedCount),
      specific: (claims: claims(gates) { specific[Int($0)] }, count: specificCount))
    return ExpertChoice(
      weights: gates.ownLogits.softmax(keeping: selection.sets), selected: selection.sets,
      sets: selection.sets)
  }

  /// Returns c_k of every row and expert: `[rows, n]`.
  private func claims(_ gates: GateOutputs, key: (Int32) -> UInt64) -> [Float] {
    let fieldCount = gates.rowCount == 0 ? 0 : gates.ids.count / gates.rowCount
    return gates.own.enumerated().flatMap { row, gate in
      let ids = gates.ids[row * fieldCount..<(row + 1) * fieldCount]
      let hash = ids.reduce(key(gate)) { RandomStream.mix($0 &+ UInt64(bitPattern: Int64($1))) }
      return (0..<gates.expertCount).map { k in
        Float(RandomStream.mix(hash &+ UInt64(k + 1)) >> 40)
      }
    }
  }
}
