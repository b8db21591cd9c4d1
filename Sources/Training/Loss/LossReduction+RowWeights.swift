import TensorCore

extension LossReduction {
  /// Multiplies weights of cross-entropies by weights of rows, so that every mean over rows becomes a
  /// weighted mean: Σ u_i l_i / Σ u_i, with u_i the weight of row i.
  ///
  /// Cells and tasks keep their part of the loss, so that only ratios of weights within a cell (a task,
  /// for `row`) count.
  ///
  /// - Parameters:
  ///   - weights: What ``weights(mask:leaves:leafCount:taskWeights:)`` gave: `[rowCount, tasks]`.
  ///   - rowWeights: A number above 0 for every row.
  func weighting(
    _ weights: Tensor, byRows rowWeights: [Float], mask: Tensor, leaves: [Int32], leafCount: Int
  ) {
    let taskCount = mask.shape[1]
    let cellOfRow = self == .row ? Array(repeating: 0, count: leaves.count) : leaves.map(Int.init)
    var sums = [Double](repeating: 0, count: leafCount * taskCount)
    var counts = sums
    mask.withUnsafeBufferPointer { mask in
      for (row, cell) in cellOfRow.enumerated() {
        for task in 0..<taskCount where mask[row * taskCount + task] != 0 {
          sums[cell * taskCount + task] += Double(rowWeights[row])
          counts[cell * taskCount + task] += 1
        }
      }
      for (row, cell) in cellOfRow.enumerated() {
        for task in 0..<taskCount where mask[row * taskCount + task] != 0 {
          let index = cell * taskCount + task
          weights.pointer[row * taskCount + task] *= Float(
            Double(rowWeights[row]) * (counts[index] / sums[index]))
        }
      }
    }
  }
}
