import Layers
import Ranking
import TensorCore

/// Experts that the row's scenarios or tasks share first, then the own gate's: the selection of SMES.
///
///     p_i = softmax over the experts of g_i
///     s = (1/m) Σ_i p_i
///     S = the K_sh experts with the greatest s
///     A_j = the K_sp experts with the greatest p_j among those that are not in S
///     w = softmax over the experts in S and A_j of g_j
///
/// In scenario layers, the gates i are all those of the layer on the row's input. In task layers they are the gates of
/// all tasks, each on its own task's input and with its own indicator, so all tasks of a row have the same S.
///
/// The balance loss over all rows (and tasks) of a batch is (n / K) Σ_k f_k p̄_k, with f_k the share of rows that select
/// expert k, p̄_k the mean of p_{j,k}, and K = K_sp + K_sh. It is 1 if all f, or all p̄, are equal; gradient flows through
/// p̄ alone.
///
/// Source: SMES, KDD 2026, arXiv 2602.09386, after secondary accounts. Its weights of the tasks in s are 1/m here, and its
/// noise-free gates see the layer's input and the indicators.
struct SharedFirstSelection: ExpertSelector {
  let specificCount: Int
  let sharedCount: Int
  /// Whether the passes of the layer are tasks, each with a gate.
  let passesAreTasks: Bool

  var readsAllPasses: Bool { passesAreTasks }

  func choice(
    for gates: GateOutputs, pooled: [Float]?, in context: ForwardContext
  ) -> ExpertChoice {
    let (rowCount, n) = (gates.rowCount, gates.expertCount)
    let ownLogits = gates.ownLogits
    let shares = ownLogits.softmax()
    let selection = ExpertSelection(
      rowCount: rowCount, expertCount: n,
      shared: (claims: pooled ?? sharesOfAllGates(gates), count: sharedCount),
      specific: (claims: shares.value.values, count: specificCount))
    var counts = [Float](repeating: 0, count: n)
    for (place, set) in selection.sets.enumerated() where set != 0 { counts[place % n] += 1 }
    return ExpertChoice(
      weights: ownLogits.softmax(keeping: selection.sets), selected: selection.sets,
      sets: selection.sets,
      load: ExpertLoad(
        importance: shares.sum(over: .rows), load: Variable(Tensor(counts, shape: [1, n])),
        rowCount: rowCount))
  }

  /// Returns m s, which has the order of s, over the tasks' gates.
  func pooledClaims(of all: [GateOutputs]) -> [Float] {
    guard let first = all.first else { return [] }
    var pooled = [Float](repeating: 0, count: first.rowCount * first.expertCount)
    for task in all {
      let shares = Variable(task.ownLogits.value).softmax().value.values
      for place in pooled.indices { pooled[place] += shares[place] }
    }
    return pooled
  }

  /// Returns m s over the gates of the layer on the rows' input: `[rows, n]`.
  private func sharesOfAllGates(_ gates: GateOutputs) -> [Float] {
    let (rowCount, m, n) = (gates.rowCount, gates.gateCount, gates.expertCount)
    var pooled = [Float](repeating: 0, count: rowCount * n)
    let shares = Variable(gates.logits.value.reshaped(to: [rowCount * m, n])).softmax().value.values
    for row in 0..<rowCount {
      for i in 0..<m {
        for k in 0..<n { pooled[row * n + k] += shares[(row * m + i) * n + k] }
      }
    }
    return pooled
  }

  func balanceLoss(of load: ExpertLoad) -> Variable {
    let (rows, n) = (Float(load.rowCount), Float(load.load.shape[1]))
    let factor = n / Float(specificCount + sharedCount) / rows / rows
    return (load.load.detached() * load.importance).sum().scaled(by: factor)
  }
}
