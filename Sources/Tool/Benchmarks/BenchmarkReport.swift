import Ranking

/// What a benchmark found, by name.
struct BenchmarkReport {
  private var values: [String: ConfigurationValue]

  init(_ values: [String: ConfigurationValue]) { self.values = values }

  /// Returns the report with more findings.
  func merging(_ more: [String: ConfigurationValue]) -> BenchmarkReport {
    BenchmarkReport(values.merging(more) { $1 })
  }

  /// Prints one line of JSON, or one line per finding.
  func print(json: Bool) {
    if json { return Swift.print(ConfigurationValue.object(values).canonicalJSON) }
    let width = values.keys.map(\.count).max() ?? 0
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      Swift.print(
        name + String(repeating: " ", count: width - name.count + 2) + value.description)
    }
  }
}

/// Returns the value in the middle, or the mean of the two in the middle; 0 for none.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
