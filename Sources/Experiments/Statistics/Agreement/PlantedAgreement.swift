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

/// Returns a number of groups of items, found by joining the two groups with the greatest mean similarity until
/// so many are left (average linkage); one label for each item, from 0 in the order of first items.
///
/// Of pairs that are equally similar, the one with the first items is joined.
///
/// Source: Sokal and Michener, 1958 (UPGMA).
///
/// - Parameters:
///   - similarity: A symmetric matrix, `[items][items]`; its diagonal is not read.
///   - count: The number of groups, at least 1; with as many or more than items, every item is its own.
public func averageLinkageGroups(_ similarity: [[Double]], count: Int) -> [Int] {
  var groups = similarity.indices.map { [$0] }
  while groups.count > max(1, count) {
    var best = (first: 0, second: 1, value: -Double.infinity)
    for first in groups.indices {
      for second in (first + 1)..<max(first + 1, groups.count) {
        let sum = groups[first].reduce(0.0) { sum, a in
          groups[second].reduce(sum) { $0 + similarity[a][$1] }
        }
        let value = sum / Double(groups[first].count * groups[second].count)
        if value > best.value { best = (first, second, value) }
      }
    }
    groups[best.first] += groups.remove(at: best.second)
  }
  var labels = [Int](repeating: 0, count: similarity.count)
  for (label, group) in groups.enumerated() {
    for item in group { labels[item] = label }
  }
  return labels
}
