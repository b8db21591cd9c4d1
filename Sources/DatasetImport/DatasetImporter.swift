import Configuration
import Datasets
import Foundation
import Ranking
import Synchronization

/// Creates a data set cache from files according to a schema.
///
/// The files are read once, in chunks that are parsed on all threads. The rows are held until
/// everything fitted to train rows is known: in memory up to a limit, the rest in a scratch file
/// beside the cache. Memory also holds the distinct texts, the group keys, and the tables of one
/// source's joins.
public struct DatasetImporter {
  /// The schema of the import.
  public let schema: DatasetSchema

  /// The folder with the files.
  public let root: URL

  /// The number of bytes of rows kept in memory; further rows go to a scratch file.
  var memoryLimit = StagedRows.memoryLimit

  /// The options outside the schema that affect rows, as recorded in the cache: an import with
  /// other options is a different import.
  var options: [String: String] {
    schema.each.isEmpty ? [:] : ["each": schema.each.map(\.description).joined(separator: " ")]
  }

  /// Creates an importer.
  public init(schema: DatasetSchema, root: URL) {
    self.schema = schema
    self.root = root
  }

  /// Imports, checks and opens the data set.
  ///
  /// - Parameters:
  ///   - folder: The cache folder; an existing cache is replaced.
  ///   - progress: Called after every few thousand rows. An error that it throws cancels the
  ///     import, which then leaves nothing behind.
  /// - Throws: ``Diagnostic`` with the file, line and column of the problem.
  public func run(
    into folder: URL, progress: @escaping (ImportProgress) throws -> Void = { _ in }
  ) throws -> Dataset {
    var meter = ProgressMeter(report: progress)
    let files = try FrameSource(schema: schema, root: root)
    let digests = try SourceDigests(files.allPaths)
    let staged = try StagedRows(
      files, in: folder.deletingLastPathComponent(), memoryLimit: memoryLimit
    ) { try meter.add($0, .read) }
    let source = try PreparedSource(staged) { try meter.add($0, .survey) }
    let features = try fitted(to: source) { try meter.add($0, .fit) }
    let problem = features.problem(schema: schema, scenarios: source.scenarios.tree)
    let writer = try DatasetWriter(problem: problem, at: folder, provenance: provenance(files))
    writer.hasValidation = schema.split.validation != .none
    try writer.writeVocabularies(VocabularyFile(features, schema: schema).encoded())
    var groups = SplitName.allCases.map { _ in GroupNumbers() }
    var facts = LintFacts(problem, trainRowCount: features.trainRowCount)
    let encoder = RowEncoder(features: features, weight: schema.weight)
    try source.forEach(isLast: true) { rows in
      try SplitName.allCases.enumerated().compactMap { number, split in
        let positions = rows.positions(of: split)
        guard !positions.isEmpty else { return nil }
        let rows = rows.selecting(positions)
        let block = try encoder.block(of: rows, split: split)
        let part = LintFacts.Part(
          block, split, problem, hashedNumericals: schema.features.numericals.count)
        return (number, rows, CheckedBlock(block, problem), part)
      }
    } inOrder: { (blocks: [(Int, PreparedSource.Rows, CheckedBlock, LintFacts.Part)]) in
      for (number, rows, var block, part) in blocks {
        if !schema.groups.isEmpty {
          block.block.groups = try groups[number].numbers(of: rows, columns: schema.groups)
        }
        try writer.append(block, to: SplitName.allCases[number])
        facts.add(part, block.block)
      }
    } progress: {
      try meter.add($0, .encode)
    }
    try schema.locatingEach { try checkTrain(writer.counts(of: .train), problem, staged) }
    for (split, groups) in zip(SplitName.allCases, groups) {
      writer.setRowsWithoutGroup(groups.rowsWithoutGroup, of: split)
    }
    try schema.locatingEach { try writer.beginFinish() }
    try meter.add(0, .lint)
    let severalSources = zip(SplitName.allCases, groups).compactMap { split, groups in
      LintFacts.groupsInSeveralSources(groups.severalSourceCount, split: split)
    }
    let findings = facts.findings(
      SplitName.allCases.map { writer.counts(of: $0) },
      rowsWithoutGroup: groups.map(\.rowsWithoutGroup))
    try writer.write(LintReport(findings: LintFinding.sorted(findings + severalSources)))
    return try writer.finish(
      origin: ImportOrigin(schema: schema.digest, options: options, files: try digests.finish()))
  }

  /// Returns the difference between this import and the one that made a cache, in a sentence; nil
  /// if there is none.
  ///
  /// A file whose size and time match the record is not read.
  ///
  /// - Parameters:
  ///   - dataset: The cache.
  ///   - note: Receives notes on files that cannot be compared, such as files that were moved away.
  public func difference(from dataset: Dataset, note: (String) -> Void = { _ in }) -> String? {
    guard let origin = dataset.manifest.origin else { return "it was not imported from files" }
    guard origin.schema == schema.digest else { return "its schema was another one" }
    guard origin.options == options else {
      return "it was imported with \(words(origin.options)), not with \(words(options))"
    }
    let paths: [String]
    do {
      paths = try FrameSource(schema: schema, root: root).allPaths
    } catch {
      note("the files of \(dataset.url.path) cannot be compared with it: \(error)")
      return nil
    }
    guard paths.count == origin.files.count else { return "it was imported from other files" }
    for (path, file) in zip(paths, origin.files) {
      switch file.state(at: path) {
      case .unchanged: continue
      case .changed: return "\(path) has changed since"
      case .missing: note("\(path) cannot be compared with \(dataset.url.path)")
      }
    }
    return nil
  }

  private func words(_ options: [String: String]) -> String {
    options.isEmpty
      ? "no choices"
      : options.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ", ")
  }

  /// Returns the features fitted to the train rows.
  private func fitted(to source: PreparedSource, progress: (Int) throws -> Void) throws
    -> FittedFeatures
  {
    let unfitted = FittedFeatures(source.staged)
    var features = unfitted
    try source.forEach { rows in
      let train = rows.positions(of: .train)
      return train.isEmpty ? nil : try unfitted.counted(rows.selecting(train))
    } inOrder: { (counted: FittedFeatures.Counted?) in
      if let counted { try features.count(counted) }
    } progress: {
      try progress($0)
    }
    try features.fit()
    return features
  }

  /// Rejects data from which nothing can be learned: a task with one class, or a scenario without
  /// rows.
  private func checkTrain(_ counts: SplitCounts, _ problem: Problem, _ staged: StagedRows) throws {
    guard counts.rowCount > 0 else { return }
    for (leaf, name) in problem.scenarios.leafNames.enumerated() where counts.rowCounts[leaf] == 0 {
      let error = Diagnostic("the scenario '\(name)' has no rows in the train split")
      // Only scenarios that the schema lists can be without rows: those of a single level.
      let level = schema.scenarios[0]
      let table = staged.table(of: level.column)
      guard let keep = level.keep, keep.contains(name), table.find(name) == nil else {
        throw level.place.locating(error)
      }
      let others = (0..<min(table.count, 1000)).map { table.string($0) }
        .filter { !keep.contains($0) }
      let hint = nearestName(to: name, among: others).map { "; did you mean '\(excerpt($0))'?" }
      throw level.place.locating(error.adding("no row has it\(hint ?? "")"))
    }
    for (index, task) in problem.tasks.enumerated() {
      let (positive, defined) = (
        counts.positiveCount(task: index), counts.definedCount(task: index)
      )
      guard positive > 0, positive < defined else {
        throw Diagnostic(
          "task '\(task.name)' has one class in the train split: \(positive) positives in "
            + "\(defined) labels")
      }
    }
  }

  /// Returns the schema's name and the names and sizes of the files.
  private func provenance(_ source: FrameSource) -> [String: String] {
    var provenance = ["schema": schema.name]
    if let summary = schema.summary { provenance["summary"] = summary }
    provenance.merge(options) { own, _ in own }
    let files = source.paths.map { path in
      let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
      return "\(URL(fileURLWithPath: path).lastPathComponent) (\(size ?? 0) bytes)"
    }
    provenance["files"] = files.joined(separator: ", ")
    return provenance
  }
}

/// Computes the digests of files on a separate thread while they are imported.
private final class SourceDigests: Sendable {
  private let queue = DispatchQueue(label: "source digests")
  private let results = Mutex([Result<SourceFile, any Error>]())

  /// - Throws: ``Diagnostic`` if a file is missing.
  init(_ paths: [String]) throws {
    for file in try paths.map(SourceFile.init(path:)) {
      queue.async {
        let result = Result { try file.digested() }
        self.results.withLock { $0.append(result) }
      }
    }
  }

  /// Waits for the digests and returns the files in order.
  ///
  /// - Throws: ``Diagnostic`` if a file cannot be read, or was changed in the meantime.
  func finish() throws -> [SourceFile] {
    queue.sync {}
    return try results.withLock { try $0.map { try $0.get() } }
  }
}

/// Counts the rows of each phase; a later phase reads as many rows as the previous one.
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

/// The phase of an import.
public enum ImportPhase: String, Sendable {
  /// Reads the files.
  case read
  /// Collects the scenarios of the train rows.
  case survey
  /// Fits vocabularies and scalings to the train rows.
  case fit
  /// Writes the cache.
  case encode
  /// Checks the result.
  case lint
}

/// The progress of an import.
public struct ImportProgress: Sendable, Equatable {
  /// The current phase.
  public var phase: ImportPhase

  /// The number of rows read in this phase.
  public var rowCount: Int

  /// The number of rows that the phase will read; nil until the rows have been read once.
  public var totalRowCount: Int?
}
