import Configuration
import Foundation

/// The findings of a lint of a data set.
public struct LintReport: Sendable, Equatable, Codable {
  /// The findings, most severe first.
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

/// One finding in a data set.
public struct LintFinding: Sendable, Equatable, Codable {
  /// The kind of a finding.
  public enum Kind: String, Sendable, Codable {
    /// A feature that separates a label almost perfectly.
    case labelCopy
    /// A feature with only one value.
    case constant
    /// Positives of a task on rows where the task that it follows is not positive.
    case strayLabels
    /// A combination of task, scenario and split whose labels are all equal.
    case oneClass
    /// Rows that occur in two splits, or twice in one split.
    case duplicates
    /// Values outside the vocabulary.
    case overflow
    /// A feature with values that are too large for a network.
    case magnitude
    /// Groups that cannot be evaluated, or whose numbers may be wrong.
    case groups
  }

  /// The severity of a finding.
  public enum Severity: String, Sendable, Codable, CaseIterable {
    /// Results on this data set would be wrong or undefined.
    case problem
    /// Results may be misleading.
    case warning
    /// Useful to know.
    case note
  }

  /// The kind of the finding.
  public var kind: Kind

  /// The severity of the finding.
  public var severity: Severity

  /// The affected feature, if any.
  public var feature: String?

  /// The affected task, if any.
  public var task: String?

  /// The affected leaf scenario; nil if all are affected.
  public var scenario: String?

  /// The affected split, if any.
  public var split: SplitName?

  /// The number in the message, such as an AUC, a share or a count.
  public var value: Double?

  /// The finding as a sentence.
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

  /// Returns findings with the most severe first, otherwise in their original order.
  package static func sorted(_ findings: [LintFinding]) -> [LintFinding] {
    Severity.allCases.flatMap { severity in findings.filter { $0.severity == severity } }
  }
}

/// Returns a share as a percentage with one decimal.
package func percent(_ share: Double) -> String {
  let tenths = (share * 1000).rounded() / 10
  return tenths == 0 && share > 0 ? "under 0.1 %" : "\(tenths) %"
}
