import Ranking

/// Looks over a data set for what spoils results.
///
/// It reads all rows; the search for duplicates keeps 8 bytes for every train row.
public struct DatasetLint {
  let dataset: Dataset

  /// Creates the look over a data set.
  public init(_ dataset: Dataset) { self.dataset = dataset }

  /// Returns what was found, the gravest first.
  ///
  /// - Throws: ``DataError`` where the cache cannot be read.
  public func run() throws -> LintReport {
    let statistics = try VocabularyFile.read(of: dataset)?.numericals
      .filter { $0.scale == VocabularyFile.statisticScale }.map(\.name)
    let findings =
      try labelCopies() + oneClassCells() + constants()
      + duplicates(ignoring: Set(statistics ?? [])) + overflow() + groups()
    return LintReport(findings: Self.sorted(findings))
  }

  /// Returns findings with the gravest first, in their own order otherwise.
  static func sorted(_ findings: [LintFinding]) -> [LintFinding] {
    LintFinding.Severity.allCases.flatMap { severity in
      findings.filter { $0.severity == severity }
    }
  }

  var problem: Problem { dataset.problem }

  /// The rows of a split.
  func rows(of split: SplitName) -> any RowSource {
    switch split {
    case .train: dataset.training.rows
    case .validation: dataset.validation.rows
    case .test: dataset.test.rows
    }
  }

  /// Calls `body` with all rows of a split in order, some thousand at a time.
  func forEachBatch(of split: SplitName, _ body: (LabeledBatch) -> Void) throws {
    let rows = rows(of: split)
    let size = 8192
    for start in stride(from: 0, to: rows.rowCount, by: size) {
      let end = min(start + size, rows.rowCount)
      body(try rows.batch(rows: (start..<end).map { Int32($0) }))
    }
  }
}
