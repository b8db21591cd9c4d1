import Ranking

extension LintFacts {
  /// Finds features with one value in the train rows: in all, or in some scenarios.
  func constants() -> [LintFinding] {
    let leafNames = problem.scenarios.leafNames
    return ranges.names.enumerated().flatMap { feature, name -> [LintFinding] in
      let values = leafNames.indices.map { ranges.range(feature: feature, leaf: $0) }
      let present = values.indices.filter { values[$0] != nil }
      let all = values.compactMap { $0 }
      guard let first = all.first else { return [] }
      if all.allSatisfy({ isConstant($0) && $0.lowerBound == first.lowerBound }) {
        return [
          LintFinding(
            .constant, .warning, feature: name, "feature '\(name)' has one value in the train split"
          )
        ]
      }
      let constant = present.filter { values[$0].map(isConstant) ?? false }
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

  private func isConstant(_ range: ClosedRange<Double>) -> Bool {
    range.lowerBound == range.upperBound
  }
}
