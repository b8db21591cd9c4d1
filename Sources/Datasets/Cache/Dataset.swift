import Configuration
import Foundation
import Ranking
import Synchronization
import TensorCore

/// A data set in a cache folder; opening it reads no rows.
public struct Dataset: Sendable {
  /// The cache folder.
  public let url: URL

  /// The manifest of the cache.
  public let manifest: DatasetManifest

  /// The rows used to fit weights.
  public let training: TrainingSplit

  /// The rows used for selection.
  public let validation: ValidationSplit

  /// The rows used for reported results.
  public let test: TestSplit

  /// The features, scenarios and tasks of the rows.
  public var problem: Problem { manifest.problem }

  /// The digest of the problem and all rows; equal fingerprints mean equal data.
  public var fingerprint: String { manifest.fingerprint }

  /// The best reachable AUCs on the test split; nil if unknown.
  public var ceilings: Ceilings? { manifest.ceilings }

  /// By leaf scenario, the planted group that it belongs to; nil if no groups were planted.
  public var plantedGroups: [Int]? { manifest.plantedGroups }

  /// Opens a cache folder.
  ///
  /// - Parameters:
  ///   - url: The folder.
  ///   - verifyingDigests: Whether to read every byte and verify the digests, on all threads;
  ///     sizes are always checked, and value ranges when rows are read.
  /// - Throws: ``Diagnostic`` if the folder is not a cache of this version, or is damaged.
  public static func open(at url: URL, verifyingDigests: Bool = false) throws -> Dataset {
    try open(
      at: url, verifyingDigests: verifyingDigests, mappedByteLimit: ColumnReader.mappedByteLimit)
  }

  /// Opens a cache folder; files of more than `mappedByteLimit` bytes are not mapped into memory.
  static func open(at url: URL, verifyingDigests: Bool, mappedByteLimit: Int) throws -> Dataset {
    let manifest = try DatasetManifest.read(from: url)
    let rows = try manifest.splits.map { split in
      try CachedRows(
        split, problem: manifest.problem, in: url, mappedByteLimit: mappedByteLimit)
    }
    var readers = rows.flatMap(\.readers)
    if let file = manifest.vocabularies {
      let reader = try ColumnReader(
        path: url.appending(path: file.name).path, byteCount: file.byteCount)
      readers.append(CachedRows.CheckedReader(reader: reader, digest: file.digest))
    }
    if verifyingDigests { try verify(readers) }
    return Dataset(
      url: url, manifest: manifest, training: TrainingSplit(rows[0]),
      validation: ValidationSplit(rows[1]), test: TestSplit(rows[2]))
  }

  /// Returns the number of rows of a split without a group, which grouped metrics leave out.
  public func rowsWithoutGroup(of split: SplitName) -> Int {
    manifest.splits[SplitName.allCases.firstIndex(of: split) ?? 0].rowsWithoutGroup ?? 0
  }

  /// Checks files against their expected digests.
  private static func verify(_ files: [CachedRows.CheckedReader]) throws {
    // Large files first, because they take the longest.
    let files = files.enumerated().sorted {
      ($1.element.reader.byteCount, $0.offset) < ($0.element.reader.byteCount, $1.offset)
    }
    let failures = Mutex([(Int, any Error)]())
    parallelFor(files.count, blockSize: 1) { block in
      for (index, file) in files[block] {
        do {
          guard try file.reader.digest() == file.digest else {
            throw Diagnostic("is corrupt: its digest is not the one in \(DatasetManifest.fileName)")
              .at(file.reader.path)
          }
        } catch {
          failures.withLock { $0.append((index, error)) }
        }
      }
    }
    if let first = failures.withLock({ $0.min { $0.0 < $1.0 } }) { throw first.1 }
  }

  /// Returns the row counts of a split, per scenario and task.
  public func counts(of split: SplitName) -> SplitCounts {
    manifest.splits[SplitName.allCases.firstIndex(of: split) ?? 0].counts
  }
}
