import Datasets
import Foundation
import Ranking

/// A cache of any number of random rows, made by writing the same block again and again.
struct RandomCache {
  let problem: Problem
  let rowCount: Int

  private static let blockRowCount = 250_000
  private static let heldOutRowCount = 50_000

  /// Writes the training rows, and as many validation and test rows as a block holds or fewer.
  func write(to folder: URL) throws -> Dataset {
    let writer = try DatasetWriter(
      problem: problem, at: folder, provenance: ["source": "random rows of aesm2 bench cache"])
    let block = RandomRows(
      problem: problem, storedCount: min(rowCount, Self.blockRowCount), rowCount: 1, seed: 1
    ).stored
    for start in stride(from: 0, to: rowCount, by: block.rowCount) {
      try writer.append(block.prefix(rowCount - start, of: problem), to: .train)
    }
    for split in [SplitName.validation, .test] {
      try writer.append(block.prefix(Self.heldOutRowCount, of: problem), to: split)
    }
    return try writer.finish()
  }
}

extension RowBlock {
  /// Returns the first rows, at most `count`.
  fileprivate func prefix(_ count: Int, of problem: Problem) -> RowBlock {
    guard count < rowCount else { return self }
    return RowBlock(
      ids: Array(ids.prefix(count * problem.fields.count)),
      numericals: Array(numericals.prefix(count * problem.numericals.count)),
      leaves: Array(leaves.prefix(count)),
      labels: Array(labels.prefix(count * problem.tasks.count)))
  }
}
