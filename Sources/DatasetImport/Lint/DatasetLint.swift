import Datasets
import Ranking
import TensorCore

/// Checks a data set for problems that invalidate results.
///
/// It reads all rows once; the search for duplicates keeps 8 bytes per row.
public struct DatasetLint {
  let dataset: Dataset

  /// Creates the lint of a data set.
  public init(_ dataset: Dataset) { self.dataset = dataset }

  /// Returns the findings, most severe first.
  ///
  /// - Throws: ``Diagnostic`` if the cache cannot be read.
  public func run() throws -> LintReport {
    let targetEncoded = try VocabularyFile.read(of: dataset)?.numericals
      .count { $0.scale == VocabularyFile.targetEncodingScale }
    let facts = try facts(hashedNumericals: problem.numericals.count - (targetEncoded ?? 0))
    return LintReport(
      findings: facts.findings(
        SplitName.allCases.map { dataset.counts(of: $0) },
        rowsWithoutGroup: SplitName.allCases.map { dataset.rowsWithoutGroup(of: $0) }))
  }

  private var problem: Problem { dataset.problem }

  /// Returns the rows of a split.
  private func rows(of split: SplitName) -> any RowSource {
    switch split {
    case .train: dataset.training.rows
    case .validation: dataset.validation.rows
    case .test: dataset.test.rows
    }
  }

  /// Collects the facts about all rows of the cache.
  ///
  /// - Parameter hashedNumericals: The number of leading numerical features that are compared in
  ///   the search for duplicates: target-encoded features, which come last, differ between a row in
  ///   train and the same row in another split.
  private func facts(hashedNumericals: Int) throws -> LintFacts {
    var facts = LintFacts(problem, trainRowCount: dataset.training.rows.rowCount)
    for split in SplitName.allCases {
      let rows = rows(of: split)
      let groups = try rows.groups
      var starts = stride(from: 0, to: rows.rowCount, by: 8192).makeIterator()
      try orderedPipeline(
        next: { starts.next() },
        work: { start in
          let range = start..<min(start + 8192, rows.rowCount)
          let batch = try rows.batch(rows: range.map { Int32($0) })
          let block = RowBlock(batch, groups: groups.map { Array($0[range]) })
          return (
            LintFacts.Part(block, split, problem, hashedNumericals: hashedNumericals), block
          )
        },
        inOrder: { facts.add($0, $1) })
    }
    return facts
  }
}

extension RowBlock {
  /// The rows of a batch.
  fileprivate init(_ batch: LabeledBatch, groups: [Int32]?) {
    self.init(
      ids: batch.batch.ids, bags: batch.batch.bags, numericals: batch.batch.numericals.values,
      leaves: batch.batch.leaves, labels: batch.labels.values.map { UInt8($0) },
      mask: batch.mask.values.map { UInt8($0) }, groups: groups)
  }
}
