import TensorCore

extension LintFacts {
  /// Counts rows whose features occur in another split too, or twice in one.
  func duplicates() -> [LintFinding] {
    var hashes = hashes
    for split in hashes.indices { radixSort(&hashes[split]) }
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

  /// Counts the elements of a sorted list that another sorted list contains.
  private static func countOfShared(_ rows: [UInt64], with others: [UInt64]) -> Int {
    var position = 0
    return rows.count { row in
      while position < others.count, others[position] < row { position += 1 }
      return position < others.count && others[position] == row
    }
  }
}
