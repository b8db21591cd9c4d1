import Configuration
import Foundation

/// What a look over a data set found.
public struct LintReport: Sendable, Equatable, Codable {
  /// The findings, the gravest first.
  public var findings: [LintFinding]

  package init(findings: [LintFinding]) { self.findings = findings }

  /// The findings as lines of text.
  public var text: String {
    guard !findings.isEmpty else { return "nothing found\n" }
    return findings.map { "\($0.severity.rawValue): \(visibleText($0.message))\n" }.joined()
  }

  /// The name of the report in a cache folder.
  static let fileName = "lint.json"

  /// Reads the report that an import stored, or returns nil if there is none.
  ///
  /// - Throws: ``Diagnostic`` if it cannot be read.
  public static func stored(with dataset: Dataset) throws -> LintReport? {
    let url = dataset.url.appending(path: fileName)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    do {
      return try JSONDecoder().decode(LintReport.self, from: Data(contentsOf: url))
    } catch {
      throw Diagnostic("is corrupt: it cannot be read as a lint report").at(url.path)
    }
  }

  /// The report as JSON.
  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}

/// One thing that a look over a data set found.
public struct LintFinding: Sendable, Equatable, Codable {
  /// What was found.
  public enum Kind: String, Sendable, Codable {
    /// A feature that separates a label almost perfectly.
    case labelCopy
    /// A feature with one value.
    case constant
    /// Positives of a task on rows where the task that it follows has none.
    case strayLabels
    /// A cell of task, scenario and split whose labels are all equal.
    case oneClass
    /// Rows that occur in two splits, or twice in one.
    case duplicates
    /// Values that the vocabulary does not have.
    case overflow
    /// A feature with numbers that are too large for a network.
    case magnitude
    /// Groups that cannot be judged, or that may be wrongly numbered.
    case groups
  }

  /// How grave it is.
  public enum Severity: String, Sendable, Codable, CaseIterable {
    /// Results on these data would be wrong or undefined.
    case problem
    /// Results may mislead.
    case warning
    /// Good to know.
    case note
  }

  /// What was found.
  public var kind: Kind

  /// How grave it is.
  public var severity: Severity

  /// The feature; nil if none is concerned.
  public var feature: String?

  /// The task; nil if none is concerned.
  public var task: String?

  /// The leaf scenario; nil if all are concerned.
  public var scenario: String?

  /// The split; nil if none is concerned.
  public var split: SplitName?

  /// The number in the message, such as an AUC, a share or a count.
  public var value: Double?

  /// The finding in a sentence.
  public var message: String

  package init(
    _ kind: Kind, _ severity: Severity, feature: String? = nil, task: String? = nil,
    scenario: String? = nil, split: SplitName? = nil, value: Double? = nil, _ message: String
  ) {
    self.kind = kind
    self.severity = severity
    self.feature = feature
    self.task = task
    self.scenario = scenario
    self.split = split
    self.value = value
    self.message = message
  }

  /// Returns findings with the gravest first, in their own order otherwise.
  package static func sorted(_ findings: [LintFinding]) -> [LintFinding] {
    Severity.allCases.flatMap { severity in findings.filter { $0.severity == severity } }
  }
}

/// Returns a share as a percentage with one decimal.
package func percent(_ share: Double) -> String {
  let tenths = (share * 1000).rounded() / 10
  return tenths == 0 && share > 0 ? "under 0.1 %" : "\(tenths) %"
}
