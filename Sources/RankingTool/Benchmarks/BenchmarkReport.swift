import Configuration
import Experiments
import Foundation

/// The results of a benchmark, by name.
struct BenchmarkReport {
  private var values: [String: ConfigurationValue]

  init(_ values: [String: ConfigurationValue]) { self.values = values }

  /// Returns the report with additional results.
  func merging(_ more: [String: ConfigurationValue]) -> BenchmarkReport {
    BenchmarkReport(values.merging(more) { $1 })
  }

  /// Prints one line of JSON, or a table as wide as the terminal.
  func print(json: Bool) {
    let text = json ? ConfigurationValue.object(values).canonicalJSON : text(width: terminalWidth())
    StandardOutput.write(text + "\n")
  }

  /// Returns the results one after the other, as lines of at most `width` columns.
  private func text(width: Int) -> String {
    let indent = (values.keys.map(\.count).max() ?? 0) + 2
    return values.sorted { $0.key < $1.key }.map { name, value in
      let value = wrapped(words(of: value), width: width, indent: indent)
      return name + value.dropFirst(name.count)
    }.joined(separator: "\n")
  }

  /// Returns text unchanged, settings in the syntax of `--set`, and anything else as JSON.
  private func words(of value: ConfigurationValue) -> String {
    switch value {
    case .object(let settings):
      settings.sorted { $0.key < $1.key }.map { "\($0.key)=\(words(of: $0.value))" }
        .joined(separator: " ")
    case .string(let text): text
    default: value.canonicalJSON
    }
  }
}

/// Returns a number rounded to three decimals, for readability.
func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

/// Returns the median, which is the mean of the two middle values for an even count; 0 for no
/// values.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
