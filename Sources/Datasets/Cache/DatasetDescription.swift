import Configuration
import Ranking

/// A human-readable description of a data set in words and tables.
public struct DatasetDescription: CustomStringConvertible {
  let dataset: Dataset

  /// Creates the description of a data set.
  public init(_ dataset: Dataset) { self.dataset = dataset }

  /// The features, then the row counts and positive rates of every split per scenario and task.
  public var description: String {
    let problem = dataset.problem
    var lines = ["fingerprint \(dataset.fingerprint)"]
    for (name, value) in dataset.manifest.provenance.sorted(by: { $0.key < $1.key }) {
      lines.append("\(name): \(value)")
    }
    lines.append("")
    lines.append(Self.list("categorical", problem.fields))
    if !problem.bags.isEmpty { lines.append(Self.list("multi-valued", problem.bags)) }
    if !problem.numericals.isEmpty {
      lines.append(
        "numerical (\(problem.numericals.count)): "
          + problem.numericals.joined(separator: ", "))
    }
    for role in FeatureRole.allCases {
      let names = problem.features(of: role)
      if !names.isEmpty { lines.append("role \(role.rawValue): \(names.joined(separator: ", "))") }
    }
    for task in problem.tasks {
      let follows = task.follows.map { ", follows \($0)" } ?? ""
      lines.append("task \(task.name): defined on \(task.domain ?? "all rows")\(follows)")
    }
    for split in SplitName.allCases {
      lines.append("")
      lines.append(table(of: split))
    }
    return lines.map(Self.visibleLines).joined(separator: "\n") + "\n"
  }

  /// Returns text of several lines with invisible characters escaped.
  private static func visibleLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { visibleText(String($0)) }
      .joined(separator: "\n")
  }

  private static func list(_ kind: String, _ fields: [CategoricalField]) -> String {
    "\(kind) (\(fields.count)): "
      + fields.map { "\($0.name) [\($0.vocabularySize)]" }.joined(separator: ", ")
  }

  /// Returns one line per scenario: rows, then positives and their share of the defined labels per
  /// task.
  private func table(of split: SplitName) -> String {
    let problem = dataset.problem
    let counts = dataset.counts(of: split)
    guard counts.rowCount > 0 else { return "\(split.rawValue): no rows" }
    var cells = [[split.rawValue, "rows"] + problem.tasks.flatMap { [$0.name, "share"] }]
    func row(_ name: String, _ rows: Int, _ tasks: [(positive: Int, defined: Int)]) -> [String] {
      [visibleText(name), "\(rows)"]
        + tasks.flatMap { ["\($0.positive)", Self.share($0.positive, of: $0.defined)] }
    }
    for (leaf, name) in problem.scenarios.leafNames.enumerated() {
      cells.append(
        row(
          name, counts.rowCounts[leaf],
          Array(zip(counts.positiveCounts[leaf], counts.definedCounts[leaf]))))
    }
    cells.append(
      row(
        "all", counts.rowCount,
        problem.tasks.indices.map {
          (counts.positiveCount(task: $0), counts.definedCount(task: $0))
        }))
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let table = cells.map { cells in
      zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
    let rowsWithoutGroup = dataset.rowsWithoutGroup(of: split)
    return rowsWithoutGroup == 0
      ? table : table + "\n\(rowsWithoutGroup) rows are in no group, so not in grouped metrics"
  }

  /// Returns a share with four decimals.
  private static func share(_ positive: Int, of defined: Int) -> String {
    guard defined > 0 else { return "-" }
    let digits = String(Int((Double(positive) / Double(defined) * 10_000).rounded()))
    let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    return "\(padded.dropLast(4)).\(padded.suffix(4))"
  }
}
