import Configuration

extension RunCollection {
  /// Returns the runs that are results of a table, by row, in the order of the table.
  ///
  /// - Throws: ``Diagnostic`` if there are none.
  func resultsByRow() throws -> [(label: String, runs: [StoredRun])] {
    let rows = runsByRow(.result)
    guard !rows.isEmpty else { throw Diagnostic("has no results of a table") }
    return rows
  }

  /// Returns the runs with a purpose, by row, in the order in which rows were found.
  func runsByRow(_ purpose: Plan.Purpose) -> [(label: String, runs: [StoredRun])] {
    var labels: [String] = []
    var byRow: [String: [StoredRun]] = [:]
    for run in runs {
      for place in run.places where place.purpose == purpose {
        if byRow[place.row] == nil { labels.append(place.row) }
        byRow[place.row, default: []].append(run)
      }
    }
    return labels.map { ($0, byRow[$0] ?? []) }
  }
}

extension PairedRuns.Side {
  /// Returns the rows of one table.
  ///
  /// - Throws: ``Diagnostic`` if a row is not of one setting and finished, with every seed once, or is of
  ///   other data or semantics than the first.
  static func ofOneTable(_ rows: [(label: String, runs: [StoredRun])]) throws -> [Self] {
    let sides = try rows.map { try Self(label: $0.label, runs: $0.runs) }
    guard let first = sides.first?.runs.first?.configuration else { return [] }
    for side in sides.dropFirst() {
      let own = side.runs[0].configuration
      guard own.dataset == first.dataset, own.semantics == first.semantics else {
        throw Diagnostic("is of other data or semantics than '\(sides[0].label)'")
          .at("'\(side.label)'")
      }
    }
    return sides
  }
}
