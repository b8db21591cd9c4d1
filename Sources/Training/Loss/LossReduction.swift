import Configuration
import TensorCore

/// The reduction of the cross-entropies of rows and tasks to the loss of a batch.
///
/// With l_it the cross-entropy of task t on row i, defined where mask_it = 1, and w_t the task's
/// weight:
///
///     cell   loss = (1 / C) Σ_(s,t) w_t · mean of l_it over the rows of scenario s
///            over the C cells (scenario, task) that have such a row in the batch
///     row    loss = (1 / T') Σ_t w_t · mean of l_it over the rows of all scenarios
///            over the T' tasks that have such a row in the batch
///     squareRoot
///            loss = (1 / T') Σ_t w_t · (Σ_s sqrt(n_st) · mean of l_it over the rows of scenario s)
///                   / Σ_s sqrt(n_st), with n_st the number of such rows in the batch
///
/// With `cell`, a small scenario counts as much as a large one; with `row`, scenarios are weighted
/// by their number of rows; `squareRoot` lies in between. A batch without any defined label has
/// loss 0.
public enum LossReduction: String, ConfigurationChoice {
  /// The mean over (scenario, task) cells of the means over their rows.
  case cell
  /// The mean over tasks of the means over their rows.
  case row
  /// The mean over tasks of the means over scenarios, weighted by the square roots of their numbers
  /// of rows.
  case squareRoot

  /// A short description of how scenarios and tasks are weighted.
  public var words: String {
    switch self {
    case .cell: "every scenario counts alike, whatever its rows"
    case .row: "every row of a task counts alike"
    case .squareRoot: "a scenario counts by the square root of its rows"
    }
  }

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
    weights(
      mask: mask, leaves: leaves, taskWeights: taskWeights,
      in: tally(mask: mask, leaves: leaves, leafCount: leafCount))
  }

  /// Returns the weights of some rows of a batch, given the tally of all its rows.
  func weights(mask: Tensor, leaves: [Int32], taskWeights: [Double], in batch: LossTally) -> Tensor
  {
    let taskCount = taskWeights.count
    let result = Tensor(uninitialized: mask.shape)
    let factors = self.factors(counts: batch.counts, taskWeights: taskWeights)
    mask.withUnsafeBufferPointer { mask in
      for (row, leaf) in leaves.enumerated() {
        let cell = cell(of: leaf)
        for task in 0..<taskCount {
          let at = row * taskCount + task
          result.pointer[at] = mask[at] != 0 ? factors[cell * taskCount + task] : 0
        }
      }
    }
    return result
  }

  /// Counts the rows of a batch, or of a part of it, in every cell.
  ///
  /// - Parameter rowWeights: The weights of the rows; nil if all are 1.
  func tally(mask: Tensor, leaves: [Int32], leafCount: Int, rowWeights: [Float]? = nil)
    -> LossTally
  {
    let taskCount = mask.shape[1]
    let cellCount = (self == .row ? 1 : leafCount) * taskCount
    var counts = [Int](repeating: 0, count: cellCount)
    var sums = [Double](repeating: 0, count: rowWeights == nil ? 0 : cellCount)
    mask.withUnsafeBufferPointer { mask in
      for (row, leaf) in leaves.enumerated() {
        let cell = cell(of: leaf)
        for task in 0..<taskCount where mask[row * taskCount + task] != 0 {
          counts[cell * taskCount + task] += 1
          if let rowWeights { sums[cell * taskCount + task] += Double(rowWeights[row]) }
        }
      }
    }
    return LossTally(counts: counts, rowWeights: sums)
  }

  private func cell(of leaf: Int32) -> Int { self == .row ? 0 : Int(leaf) }

  /// Returns the weight of a row's cross-entropy for every cell and task: `[cells · tasks]`.
  private func factors(counts: [Int], taskWeights: [Double]) -> [Float] {
    let taskCount = taskWeights.count
    guard self == .squareRoot else {
      let filled = Double(counts.lazy.filter { $0 > 0 }.count)
      return counts.enumerated().map { index, count in
        count == 0 ? 0 : Float(taskWeights[index % taskCount] / (Double(count) * filled))
      }
    }
    var roots = [Double](repeating: 0, count: taskCount)
    for (index, count) in counts.enumerated() {
      roots[index % taskCount] += Double(count).squareRoot()
    }
    let filled = Double(roots.lazy.filter { $0 > 0 }.count)
    return counts.enumerated().map { index, count in
      let task = index % taskCount
      return count == 0
        ? 0 : Float(taskWeights[task] / (Double(count).squareRoot() * roots[task] * filled))
    }
  }
}

extension LossReduction {
  /// Multiplies the weights of cross-entropies by row weights, so that every mean over rows becomes
  /// a weighted mean: Σ u_i l_i / Σ u_i, with u_i the weight of row i.
  ///
  /// Cells and tasks keep their share of the loss, so only the ratios of weights within a cell (a
  /// task, for `row`) matter.
  ///
  /// - Parameters:
  ///   - weights: The result of ``weights(mask:leaves:leafCount:taskWeights:)``:
  ///     `[rowCount, tasks]`.
  ///   - rowWeights: A positive number for every row.
  func weighting(
    _ weights: Tensor, byRows rowWeights: [Float], mask: Tensor, leaves: [Int32], leafCount: Int
  ) {
    weighting(
      weights, byRows: rowWeights, mask: mask, leaves: leaves,
      in: tally(mask: mask, leaves: leaves, leafCount: leafCount, rowWeights: rowWeights))
  }

  /// Multiplies the weights of some rows of a batch, given the tally of all its rows.
  func weighting(
    _ weights: Tensor, byRows rowWeights: [Float], mask: Tensor, leaves: [Int32],
    in batch: LossTally
  ) {
    let taskCount = mask.shape[1]
    mask.withUnsafeBufferPointer { mask in
      for (row, leaf) in leaves.enumerated() {
        let cell = cell(of: leaf)
        for task in 0..<taskCount where mask[row * taskCount + task] != 0 {
          let index = cell * taskCount + task
          weights.pointer[row * taskCount + task] *= Float(
            Double(rowWeights[row]) * (Double(batch.counts[index]) / batch.rowWeights[index]))
        }
      }
    }
  }
}

/// The numbers of rows of a batch, and the sums of their weights, for every cell and task.
///
/// The tally of a batch is the sum of those of its parts.
struct LossTally: Sendable, Equatable {
  /// The rows on which the task is defined: `[cells · tasks]`.
  var counts: [Int]
  /// The sums of their weights; empty if rows have none.
  var rowWeights: [Double]
}
