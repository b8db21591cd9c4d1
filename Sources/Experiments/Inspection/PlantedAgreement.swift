import Training

extension GateUse {
  /// Returns how well the scenarios that use the same experts are those of given groups: the adjusted mutual
  /// information of the given groups with as many groups found by average linkage from the overlaps of
  /// scenarios; nil if fewer than two scenarios have rows.
  ///
  /// - Parameter groups: The group of every leaf scenario.
  /// - Precondition: `groups` has one label for each scenario.
  public func agreement(withGroups groups: [Int]) -> Double? {
    precondition(groups.count == cells.count, "\(groups.count) groups of \(cells.count) scenarios")
    let seen = cells.indices.filter { cells[$0] != nil }
    guard seen.count > 1 else { return nil }
    let given = seen.map { groups[$0] }
    let overlaps = seen.map { first in
      seen.map { overlap(ofScenarios: first, $0) ?? 0 }
    }
    let found = averageLinkageGroups(overlaps, count: Set(given).count)
    return adjustedMutualInformation(found, given)
  }
}
