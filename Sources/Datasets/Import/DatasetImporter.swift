import Foundation
import Ranking

/// Makes a data set cache from files, as a schema says.
///
/// The files are read twice or more: to fit what is fitted to train rows, and to write. Memory holds
/// the vocabularies, the group keys, and the tables of one source's joins; never the rows.
public struct DatasetImporter {
  /// What is imported.
  public let schema: DatasetSchema

  /// The folder with the files.
  public let root: URL

  /// Creates an importer.
  public init(schema: DatasetSchema, root: URL) {
    self.schema = schema
    self.root = root
  }

  /// Imports, checks and opens the data set.
  ///
  /// - Parameters:
  ///   - folder: The cache folder; a cache that stands there is replaced.
  ///   - progress: Called after every few thousand rows. What it throws ends the import, which
  ///     then leaves nothing behind.
  /// - Throws: ``DataError`` with the file, line and column of what cannot be used.
  public func run(
    into folder: URL, progress: @escaping (ImportProgress) throws -> Void = { _ in }
  ) throws -> Dataset {
    var meter = ProgressMeter(report: progress)
    let source = try PreparedSource(try FrameSource(schema: schema, root: root)) { phase, rows in
      try meter.add(rows, phase)
    }
    var features = FittedFeatures(schema)
    try source.forEach(progress: { try meter.add($0, .fit) }) { rows in
      let train = rows.positions(of: .train)
      if !train.isEmpty { try features.count(rows.selecting(train)) }
    }
    try features.fit()

    let problem = features.problem(schema: schema, scenarios: source.scenarios.tree)
    let writer = try DatasetWriter(problem: problem, at: folder, provenance: provenance(source))
    try writer.writeVocabularies(VocabularyFile(features, schema: schema).encoded())
    var encoder = RowEncoder(features: features, groupColumns: schema.groups)
    try source.forEach(progress: { try meter.add($0, .encode) }) { rows in
      for split in SplitName.allCases {
        let positions = rows.positions(of: split)
        guard !positions.isEmpty else { continue }
        try writer.append(
          try encoder.block(of: rows.selecting(positions), split: split), to: split)
      }
    }
    try checkTrain(writer.counts(of: .train), problem)
    let dataset = try writer.finish()
    try meter.add(0, .lint)
    var report = try DatasetLint(dataset).run()
    report.findings += SplitName.allCases.compactMap { split in
      DatasetLint.groupsInSeveralSources(encoder.groupsInSeveralSources(of: split), split: split)
    }
    report.findings = DatasetLint.sorted(report.findings)
    try report.store(with: dataset)
    return dataset
  }

  /// Refuses data that nothing can be learned from: a task of one class, a scenario without rows.
  private func checkTrain(_ counts: SplitCounts, _ problem: Problem) throws {
    guard counts.rowCount > 0 else { return }
    for (leaf, name) in problem.scenarios.leafNames.enumerated() where counts.rowCounts[leaf] == 0 {
      throw DataError("the scenario '\(name)' has no rows in the train split")
    }
    for (index, task) in problem.tasks.enumerated() {
      let (positive, defined) = (
        counts.positiveCount(task: index), counts.definedCount(task: index)
      )
      guard positive > 0, positive < defined else {
        throw DataError(
          "task '\(task.name)' has one class in the train split: \(positive) positives in "
            + "\(defined) labels")
      }
    }
  }

  /// The schema's name and the names and sizes of the files.
  private func provenance(_ source: PreparedSource) -> [String: String] {
    var provenance = ["schema": schema.name]
    if let summary = schema.summary { provenance["summary"] = summary }
    let files = source.source.paths.map { path in
      let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
      return "\(URL(fileURLWithPath: path).lastPathComponent) (\(size ?? 0) bytes)"
    }
    provenance["files"] = files.joined(separator: ", ")
    return provenance
  }
}

/// Adds up the rows of each phase; a later phase reads as many rows as the one before it.
private struct ProgressMeter {
  let report: (ImportProgress) throws -> Void
  private var current: ImportProgress?

  init(report: @escaping (ImportProgress) throws -> Void) { self.report = report }

  mutating func add(_ rows: Int, _ phase: ImportPhase) throws {
    if current?.phase != phase {
      current = ImportProgress(phase: phase, rowCount: 0, totalRowCount: current?.rowCount)
    }
    current?.rowCount += rows
    if let current { try report(current) }
  }
}
