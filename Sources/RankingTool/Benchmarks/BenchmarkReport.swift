import Configuration
import Experiments
import Foundation

/// What a benchmark found, by name.
struct BenchmarkReport {
  private var values: [String: ConfigurationValue]

  init(_ values: [String: ConfigurationValue]) { self.values = values }

  /// Returns the report with more findings.
  func merging(_ more: [String: ConfigurationValue]) -> BenchmarkReport {
    BenchmarkReport(values.merging(more) { $1 })
  }

  /// Prints one line of JSON, or a table as wide as the terminal.
  func print(json: Bool) {
    let text = json ? ConfigurationValue.object(values).canonicalJSON : text(width: terminalWidth())
    StandardOutput.write(text + "\n")
  }

  /// One finding after the other, as lines of at most `width` columns.
  private func text(width: Int) -> String {
    let indent = (values.keys.map(\.count).max() ?? 0) + 2
    return values.sorted { $0.key < $1.key }.map { name, value in
      let value = wrapped(words(of: value), width: width, indent: indent)
      return name + value.dropFirst(name.count)
    }.joined(separator: "\n")
  }

  /// Text as it is, settings as `--set` takes them, anything else as JSON.
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

/// Returns a number with three decimals, for reading.
func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

/// Returns the value in the middle, or the mean of the two in the middle; 0 for none.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// The greatest memory that this process has had resident, in bytes; 0 where it is not known.
///
/// On Linux the kernel's high-water mark of this process alone, since the figure of `getrusage` is
/// handed down from the process that started it.
func peakResidentByteCount() -> Int {
  #if canImport(Darwin)
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return Int(usage.ru_maxrss)
  #else
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1024 }
    }
    return 0
  #endif
}
