import Datasets

/// Collects the true probabilities of a split and computes the AUC of the best scores.
struct CeilingEstimate {
  private let leafCount: Int
  private var leaves: [Int32] = []
  private var probabilities: [[Double]]
  private var labels: [[UInt8]]

  init(leafCount: Int) {
    self.leafCount = leafCount
    probabilities = SyntheticWorld.taskNames.map { _ in [] }
    labels = SyntheticWorld.taskNames.map { _ in [] }
  }

  /// Adds rows.
  mutating func add(_ chunk: SyntheticChunk) {
    leaves += chunk.block.leaves
    let taskCount = probabilities.count
    for task in 0..<taskCount {
      for cell in stride(from: task, to: chunk.probabilities.count, by: taskCount) {
        probabilities[task].append(chunk.probabilities[cell])
        labels[task].append(chunk.block.labels[cell])
      }
    }
  }

  /// Returns the AUC of the true probabilities, as expected and as realized by the labels.
  func ceilings() -> Ceilings {
    Ceilings(
      expected: table { probabilities[$0][$1] }, realized: table { Double(labels[$0][$1]) })
  }

  private func table(positiveWeight: (_ task: Int, _ row: Int) -> Double) -> Ceilings.Table {
    let rowsByLeaf = (0..<leafCount).map { leaf in
      leaves.indices.filter { leaves[$0] == Int32(leaf) }
    }
    func auc(_ task: Int, _ rows: some Collection<Int>) -> Double? {
      pairwiseAUC(
        scores: rows.map { probabilities[task][$0] },
        positiveWeights: rows.map { positiveWeight(task, $0) })
    }
    let cells = probabilities.indices.map { task in rowsByLeaf.map { auc(task, $0) } }
    return Ceilings.Table(
      cells: cells, macroMeans: cells.map(mean),
      pooled: probabilities.indices.map { auc($0, leaves.indices) })
  }

  private func mean(_ values: [Double?]) -> Double? {
    let defined = values.compactMap { $0 }
    return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
  }
}
