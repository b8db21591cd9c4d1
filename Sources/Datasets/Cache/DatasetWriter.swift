import Configuration
import Foundation
import Ranking

/// Writes a data set cache, block by block, in bounded memory.
///
/// ```swift
/// let writer = try DatasetWriter(problem: problem, at: folder, provenance: ["source": "..."])
/// try writer.append(block, to: .train)
/// let dataset = try writer.finish()
/// ```
///
/// Rows keep the order in which they are appended. Everything is written to a folder with a
/// temporary name, which gets its final name in `finish`; a writer that is dropped before then
/// leaves nothing behind, and the remains of a killed process are removed by the next writer in the
/// same place.
public final class DatasetWriter {
  /// The features, scenarios and tasks of the rows.
  public let problem: Problem

  /// Whether validation rows are required; false if a data set has no such split.
  package var hasValidation = true

  private let partial: PartialFolder
  private let folder: URL
  private let provenance: [String: String]
  private let splits: [SplitWriter]
  private var vocabularies: CachedFile?

  /// Starts a cache at `destination`; an existing cache there is replaced at the end.
  ///
  /// Until then the old cache remains unchanged. A symbolic link is kept, and the folder that it
  /// points to is replaced.
  ///
  /// - Throws: ``Diagnostic`` if the folder cannot be written, or contains anything that is not
  ///   part of a data set cache.
  public init(problem: Problem, at destination: URL, provenance: [String: String]) throws {
    try checkReplaceable(destination.path)
    self.problem = problem
    self.provenance = provenance
    let partial = try PartialFolder(for: destination.path)
    let folder = URL(fileURLWithPath: partial.path, isDirectory: true)
    (self.partial, self.folder) = (partial, folder)
    splits = try SplitName.allCases.map { try SplitWriter($0, problem: problem, in: folder) }
  }

  /// Appends rows to a split.
  ///
  /// - Throws: ``Diagnostic`` if the block does not match the problem, or cannot be written.
  public func append(_ block: RowBlock, to split: SplitName) throws {
    try append(CheckedBlock(block, problem), to: split)
  }

  /// Appends rows that may have been checked on another thread.
  package func append(_ block: CheckedBlock, to split: SplitName) throws {
    guard let writer = splits.first(where: { $0.name == split }) else { return }
    try naming(split) { try writer.append(block) }
  }

  private func naming<R>(_ split: SplitName, _ body: () throws -> R) throws -> R {
    try locating("\(split.rawValue) split", body)
  }

  /// Returns the counts of the rows appended to a split so far.
  package func counts(of split: SplitName) -> SplitCounts {
    splits.first { $0.name == split }?.counts ?? SplitCounts(problem: problem)
  }

  /// Sets the number of rows of a split without a group; each of them has a unique group number.
  package func setRowsWithoutGroup(_ count: Int, of split: SplitName) {
    splits.first { $0.name == split }?.rowsWithoutGroup = count
  }

  /// Adds the file that defines the meaning of ids and numbers.
  package func writeVocabularies(_ data: Data) throws {
    let name = DatasetManifest.vocabulariesName
    try AtomicFile.write(folder.appending(path: name).path, bytes: data)
    var hash = SHA256()
    data.withUnsafeBytes { hash.update($0) }
    vocabularies = CachedFile(name: name, byteCount: data.count, digest: hash.finish())
  }

  /// Adds the lint report.
  package func write(_ report: LintReport) throws {
    try AtomicFile.write(
      folder.appending(path: LintReport.fileName).path, bytes: try report.encoded())
  }

  /// Starts flushing the cache to disk; no more rows can be appended.
  ///
  /// - Throws: ``Diagnostic`` if a split has no rows.
  package func beginFinish() throws {
    for split in splits where split.counts.rowCount == 0 {
      if split.name == .validation, !hasValidation { continue }
      throw Diagnostic("the \(split.name.rawValue) split has no rows")
    }
    splits.forEach { $0.beginFinish() }
  }

  /// Completes the cache, gives it its final name and opens it.
  ///
  /// - Parameters:
  ///   - ceilings: The best reachable AUCs on the test split, if known.
  ///   - plantedGroups: The planted group of every leaf scenario, if groups were planted.
  ///   - origin: The source of the import, if the data were imported.
  /// - Throws: ``Diagnostic`` if a split has no rows, or the cache cannot be written.
  @discardableResult
  public func finish(
    ceilings: Ceilings? = nil, plantedGroups: [Int]? = nil, origin: ImportOrigin? = nil
  ) throws -> Dataset {
    try beginFinish()
    var manifest = DatasetManifest(
      formatVersion: DatasetManifest.currentFormatVersion, fingerprint: "", problem: problem,
      splits: try splits.map { split in try naming(split.name) { try split.finish() } },
      provenance: provenance, origin: origin, vocabularies: vocabularies, ceilings: ceilings,
      plantedGroups: plantedGroups)
    manifest.fingerprint = try manifest.computedFingerprint()
    try manifest.validate()
    try AtomicFile.write(
      folder.appending(path: DatasetManifest.fileName).path, bytes: try manifest.encoded())
    _ = try Dataset.open(at: folder)
    try checkReplaceable(partial.destination)
    try partial.publish(replacing: true)
    return try Dataset.open(at: URL(fileURLWithPath: partial.destination))
  }
}

/// Writes the column files of one split.
final class SplitWriter {
  let name: SplitName
  private let problem: Problem
  private let folder: URL
  private var writers: [ColumnFile: ColumnFileWriter] = [:]
  private(set) var counts: SplitCounts

  /// The number of rows without a group, although they have a group number.
  var rowsWithoutGroup = 0

  private var bagTotals: [Int64]
  private var isEveryCellDefined = true

  init(_ name: SplitName, problem: Problem, in folder: URL) throws {
    self.name = name
    self.problem = problem
    self.folder = folder.appending(path: name.rawValue)
    counts = SplitCounts(problem: problem)
    bagTotals = problem.bags.map { _ in 0 }
    try createFolder(self.folder.path)
    for file in ColumnFile.all(for: problem) where file != .groups && file != .weights {
      writers[file] = try ColumnFileWriter(path: self.folder.appending(path: file.name).path)
    }
    for index in problem.bags.indices { try append([Int64(0)], to: .bagOffsets(index)) }
  }

  /// Appends rows, storing labels of undefined cells as 0.
  ///
  /// - Throws: ``Diagnostic`` if the rows do not match the problem, or cannot be written.
  func append(_ checked: CheckedBlock) throws {
    let block = checked.block
    let cells: CheckedBlock.Cells
    switch checked.result {
    case .success(let checked): cells = checked
    case .failure(let fault): throw fault.diagnostic(firstRow: counts.rowCount)
    }
    for (file, isPresent, what) in [
      (ColumnFile.groups, block.groups != nil, "group"),
      (.weights, block.weights != nil, "weight"),
    ] where block.rowCount > 0 {
      if counts.rowCount == 0, isPresent {
        writers[file] = try ColumnFileWriter(path: folder.appending(path: file.name).path)
      }
      guard isPresent == (writers[file] != nil) else {
        throw Diagnostic(
          "some rows of the \(name.rawValue) split have a \(what) and some have none")
      }
    }
    counts.add(cells.counts)
    if !cells.isEveryCellDefined { isEveryCellDefined = false }

    try append(block.ids, to: .ids)
    for (index, bag) in block.bags.enumerated() {
      let start = bagTotals[index]
      try append(bag.offsets.dropFirst().map { start + Int64($0) }, to: .bagOffsets(index))
      try append(bag.ids, to: .bagIDs(index))
      bagTotals[index] += Int64(bag.ids.count)
    }
    try append(block.numericals, to: .numericals)
    try append(block.leaves, to: .leaves)
    try append(cells.labels, to: .labels)
    try append(cells.mask, to: .mask)
    if let groups = block.groups { try append(groups, to: .groups) }
    if let weights = block.weights { try append(weights, to: .weights) }
  }

  /// Starts flushing the files to disk; nothing more can be appended.
  ///
  /// A mask of all ones is removed.
  func beginFinish() {
    if isEveryCellDefined, writers.removeValue(forKey: .mask) != nil {
      try? FileManager.default.removeItem(at: folder.appending(path: ColumnFile.mask.name))
    }
    for file in ColumnFile.all(for: problem) { writers[file]?.beginFinish() }
  }

  /// Waits for the files and returns their description.
  func finish() throws -> SplitManifest {
    var files: [CachedFile] = []
    for file in ColumnFile.all(for: problem) {
      guard let writer = writers.removeValue(forKey: file) else { continue }
      let digest = try writer.finish()
      files.append(CachedFile(name: file.name, byteCount: writer.byteCount, digest: digest))
    }
    return SplitManifest(
      name: name, counts: counts, files: files,
      rowsWithoutGroup: rowsWithoutGroup > 0 ? rowsWithoutGroup : nil)
  }

  private func append<Number: BitwiseCopyable & Sendable>(_ values: [Number], to file: ColumnFile)
    throws
  {
    try writers[file]?.append(values)
  }
}
