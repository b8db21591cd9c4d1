import Ranking
import TensorCore

extension DatasetLint {
  /// Counts rows whose features stand in another split too, or twice in one.
  ///
  /// - Parameter ignored: Numerical features that are left out of the comparison: statistics of
  ///   train rows differ between a row in train and the same row elsewhere.
  func duplicates(ignoring ignored: Set<String>) throws -> [LintFinding] {
    let numericals = problem.numericals.indices.filter { !ignored.contains(problem.numericals[$0]) }
    let hashes = try SplitName.allCases.map { split in
      var hashes: [UInt64] = []
      try forEachBatch(of: split) { hashes += Self.hashes(of: $0.batch, numericals: numericals) }
      return hashes.sorted()
    }
    var findings: [LintFinding] = []
    for (index, split) in SplitName.allCases.enumerated() {
      let rows = hashes[index]
      let repeated = zip(rows, rows.dropFirst()).count { $0 == $1 }
      if repeated > 0 {
        findings.append(
          LintFinding(
            .duplicates, .note, split: split, value: Double(repeated),
            "\(repeated) rows (\(percent(Double(repeated) / Double(rows.count)))) of the "
              + "\(split.rawValue) split repeat the features of another row of it"))
      }
      guard split != .train else { continue }
      let shared = Self.countOfShared(rows, with: hashes[0])
      guard shared > 0 else { continue }
      let share = Double(shared) / Double(rows.count)
      findings.append(
        LintFinding(
          .duplicates, share > 0.01 ? .warning : .note, split: split, value: Double(shared),
          "\(shared) rows (\(percent(share))) of the \(split.rawValue) split have the features of "
            + "a train row"))
    }
    return findings
  }

  private static func hashes(of batch: Batch, numericals: [Int]) -> [UInt64] {
    let rowCount = batch.rowCount
    let fieldCount = rowCount > 0 ? batch.ids.count / rowCount : 0
    let width = batch.numericals.columnCount
    return batch.numericals.withUnsafeBufferPointer { values in
      (0..<rowCount).map { row in
        var hash = UInt64(bitPattern: Int64(batch.leaves[row]))
        func add(_ bits: UInt32) {
          hash = RandomStream.mix(hash &+ 0x9e37_79b9_7f4a_7c15 &+ UInt64(bits))
        }
        for id in batch.ids[row * fieldCount..<(row + 1) * fieldCount] {
          add(UInt32(bitPattern: id))
        }
        for bag in batch.bags {
          let ids = bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
          add(UInt32(ids.count))
          for id in ids { add(UInt32(bitPattern: id)) }
        }
        for column in numericals { add(values[row * width + column].bitPattern) }
        return hash
      }
    }
  }

  /// Counts the elements of a sorted list that stand in another sorted list.
  private static func countOfShared(_ rows: [UInt64], with others: [UInt64]) -> Int {
    var position = 0
    return rows.count { row in
      while position < others.count, others[position] < row { position += 1 }
      return position < others.count && others[position] == row
    }
  }
}
