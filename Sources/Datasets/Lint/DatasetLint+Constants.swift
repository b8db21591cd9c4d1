import Ranking

extension DatasetLint {
  /// Finds features with one value in the train rows: in all, or in some scenarios.
  func constants() throws -> [LintFinding] {
    let leafNames = problem.scenarios.leafNames
    var ranges = ValueRanges(leafCount: leafNames.count, problem: problem)
    try forEachBatch(of: .train) { ranges.add($0.batch) }
    return ranges.features.flatMap { name, values -> [LintFinding] in
      let present = values.indices.filter { values[$0] != nil }
      let all = values.compactMap { $0 }
      guard let first = all.first else { return [] }
      if all.allSatisfy({ $0.isConstant && $0.low == first.low }) {
        return [
          LintFinding(
            .constant, .warning, feature: name, "feature '\(name)' has one value in the train split"
          )
        ]
      }
      let constant = present.filter { values[$0]?.isConstant ?? false }
      if constant.count == present.count {
        return [
          LintFinding(
            .constant, .note, feature: name,
            "feature '\(name)' has one value in each scenario: it says no more than the scenario")
        ]
      }
      return constant.map { leaf in
        LintFinding(
          .constant, .note, feature: name, scenario: leafNames[leaf],
          "feature '\(name)' has one value in scenario '\(leafNames[leaf])'")
      }
    }
  }
}

/// The lowest and highest value of every feature in every leaf scenario.
private struct ValueRanges {
  struct Range {
    var low: Double
    var high: Double
    var isConstant: Bool { low == high }
  }

  private(set) var features: [(name: String, values: [Range?])]

  init(leafCount: Int, problem: Problem) {
    let empty = [Range?](repeating: nil, count: leafCount)
    features =
      (problem.fields.map(\.name) + problem.bags.map(\.name) + problem.numericals)
      .map { ($0, empty) }
  }

  mutating func add(_ batch: Batch) {
    let rowCount = batch.rowCount
    let fieldCount = rowCount > 0 ? batch.ids.count / rowCount : 0
    var feature = 0
    for field in 0..<fieldCount {
      for (row, leaf) in batch.leaves.enumerated() {
        widen(feature, leaf, Double(batch.ids[row * fieldCount + field]))
      }
      feature += 1
    }
    for bag in batch.bags {
      for (row, leaf) in batch.leaves.enumerated() {
        let ids = bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
        if ids.isEmpty { widen(feature, leaf, -1) }
        for id in ids { widen(feature, leaf, Double(id)) }
      }
      feature += 1
    }
    for column in 0..<batch.numericals.columnCount {
      for (value, leaf) in zip(batch.numericals.values(column: column), batch.leaves) {
        widen(feature, leaf, Double(value))
      }
      feature += 1
    }
  }

  private mutating func widen(_ feature: Int, _ leaf: Int32, _ value: Double) {
    let range = features[feature].values[Int(leaf)] ?? Range(low: value, high: value)
    features[feature].values[Int(leaf)] = Range(
      low: min(range.low, value), high: max(range.high, value))
  }
}
