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
/// Rows keep the order in which they are appended. Everything goes to a folder with a temporary
/// name, which takes its final name in ``finish(ceilings:)``; a writer that is dropped before leaves
/// nothing behind.
public final class DatasetWriter {
  /// What the rows are made of.
  public let problem: Problem

  private let destination: URL
  private let folder: URL
  private let provenance: [String: String]
  private let splits: [SplitWriter]
  private var vocabularies: String?
  private var isFinished = false

  /// Begins a cache at `destination`; an existing cache is replaced at the end.
  ///
  /// - Throws: ``DataError`` where the folder cannot be written, or holds something that is not a
  ///   data set cache.
  public init(problem: Problem, at destination: URL, provenance: [String: String]) throws {
    try Self.checkReplaceable(destination)
    self.problem = problem
    self.destination = destination
    self.provenance = provenance
    let process = ProcessInfo.processInfo.processIdentifier
    let folder = destination.deletingLastPathComponent()
      .appending(path: ".\(destination.lastPathComponent).partial-\(process)")
    self.folder = folder
    try? FileManager.default.removeItem(at: folder)
    do {
      splits = try SplitName.allCases.map { try SplitWriter($0, problem: problem, in: folder) }
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
  }

  deinit {
    if !isFinished { try? FileManager.default.removeItem(at: folder) }
  }

  /// Appends rows to a split.
  ///
  /// - Throws: ``DataError`` where the block does not fit the problem, or cannot be written.
  public func append(_ block: RowBlock, to split: SplitName) throws {
    try append(CheckedBlock(block, problem), to: split)
  }

  /// Appends rows that may have been checked on another thread.
  func append(_ block: CheckedBlock, to split: SplitName) throws {
    guard let writer = splits.first(where: { $0.name == split }) else { return }
    try naming(split) { try writer.append(block) }
  }

  private func naming<R>(_ split: SplitName, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as DataError {
      throw DataError("\(split.rawValue) split: \(error.description)")
    }
  }

  /// Returns the counts of the rows that a split has so far.
  func counts(of split: SplitName) -> SplitCounts {
    splits.first { $0.name == split }?.counts ?? SplitCounts(problem: problem)
  }

  /// Adds the file that says what the ids and numbers mean.
  func writeVocabularies(_ data: Data) throws {
    let name = "vocabularies.json"
    try writeAtomically(data, to: folder.appending(path: name))
    vocabularies = name
  }

  /// Begins to bring the cache to the disk; no rows can be appended any more.
  ///
  /// - Throws: ``DataError`` where a split has no rows.
  func beginFinish() throws {
    for split in splits where split.counts.rowCount == 0 {
      throw DataError("the \(split.name.rawValue) split has no rows")
    }
    splits.forEach { $0.beginFinish() }
  }

  /// Ends the cache, gives it its final name and opens it.
  ///
  /// - Throws: ``DataError`` where a split has no rows, or the cache cannot be written.
  @discardableResult
  public func finish(ceilings: Ceilings? = nil) throws -> Dataset {
    try beginFinish()
    var manifest = DatasetManifest(
      formatVersion: DatasetManifest.currentFormatVersion, fingerprint: "", problem: problem,
      splits: try splits.map { split in try naming(split.name) { try split.finish() } },
      provenance: provenance,
      vocabularies: vocabularies, ceilings: ceilings)
    manifest.fingerprint = try manifest.computedFingerprint()
    try manifest.validate()
    try writeAtomically(
      try manifest.encoded(), to: folder.appending(path: DatasetManifest.fileName))
    try replaceFolder(destination, by: folder)
    isFinished = true
    return try Dataset.open(at: destination)
  }

  private static func checkReplaceable(_ destination: URL) throws {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: destination.path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else {
      throw DataError("\(destination.path) is a file, but must be a folder for the data set")
    }
    let manifest = destination.appending(path: DatasetManifest.fileName)
    let isEmpty = (try? files.contentsOfDirectory(atPath: destination.path))?.isEmpty ?? false
    guard isEmpty || files.fileExists(atPath: manifest.path) else {
      throw DataError(
        "\(destination.path) holds something else than a data set (it has no "
          + "\(DatasetManifest.fileName)); choose another folder")
    }
  }
}
