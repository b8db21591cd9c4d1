import Testing

extension Workshop {
  /// The columns of a table as CSV that hold measured times, memory and energy.
  private static let measuredColumns = [
    "seconds_per_epoch", "processor_seconds_per_epoch", "rows_per_second", "training_seconds",
    "peak_bytes", "joules",
  ]

  /// Returns the rows of the experiment's table as CSV, without what is measured.
  func unmeasuredTable(store: String = "runs") throws -> [[Substring]] {
    let csv = try tool("report experiment.yaml --store \(store) --format csv").output
    var rows = csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    for name in Self.measuredColumns {
      let measured = try #require(rows.first?.firstIndex(of: name[...]))
      for index in rows.indices { rows[index].remove(at: measured) }
    }
    return rows
  }
}
