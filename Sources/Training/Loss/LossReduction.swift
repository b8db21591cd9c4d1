import Ranking
import TensorCore

/// How the cross-entropies of rows and tasks become the loss of a batch.
///
/// With l_it the cross-entropy of task t on row i, defined where mask_it = 1, and w_t the task's
/// weight:
///
///     cell   loss = (1 / C) Σ_(s,t) w_t · mean of l_it over the rows of scenario s
///            over the C cells (scenario, task) that have such a row in the batch
///     row    loss = (1 / T') Σ_t w_t · mean of l_it over the rows of all scenarios
///            over the T' tasks that have such a row in the batch
///
/// With `cell`, a small scenario counts as much as a large one; with `row`, scenarios count by
/// their rows. A batch without any defined label has the loss 0.
public enum LossReduction: String, ConfigurationChoice {
  /// The mean over (scenario, task) cells of the means over their rows.
  case cell
  /// The mean over tasks of the means over their rows.
  case row

  /// Returns the weight of every element of the cross-entropy: `[rowCount, tasks]`.
  ///
  /// - Parameters:
  ///   - mask: 1 where the task is defined: `[rowCount, tasks]`.
  ///   - leaves: The leaf scenario of every row.
  ///   - leafCount: The number of leaf scenarios.
  ///   - taskWeights: One factor per task.
  public func weights(mask: Tensor, leaves: [Int32], leafCount: Int, taskWeights: [Double])
    -> Tensor
  {
    let taskCount = taskWeights.count
    let cellOfRow = self == .cell ? leaves.map(Int.init) : Array(repeating: 0, count: leaves.count)
    var counts = [Int](repeating: 0, count: (self == .cell ? leafCount : 1) * taskCount)
    let result = Tensor(uninitialized: mask.shape)
    mask.withUnsafeBufferPointer { mask in
      for (row, cell) in cellOfRow.enumerated() {
        for task in 0..<taskCount where mask[row * taskCount + task] != 0 {
          counts[cell * taskCount + task] += 1
        }
      }
      let filled = Double(counts.lazy.filter { $0 > 0 }.count)
      let factors = counts.enumerated().map { index, count in
        count == 0 ? 0 : Float(taskWeights[index % taskCount] / (Double(count) * filled))
      }
      for (row, cell) in cellOfRow.enumerated() {
        for task in 0..<taskCount {
          let at = row * taskCount + task
          result.pointer[at] = mask[at] != 0 ? factors[cell * taskCount + task] : 0
        }
      }
    }
    return result
  }
}
