import Configuration
import Ranking

/// What `dataset.json` says: everything about a cached data set but its rows.
public struct DatasetManifest: Sendable, Equatable, Codable {
  /// The version of the cache format that this code writes and reads.
  public static let currentFormatVersion = 2

  /// The version of the cache format.
  public var formatVersion: Int

  /// The SHA-256 digest of the problem and, of every split, the counts and the name, size and digest
  /// of every column file.
  ///
  /// Two caches with one fingerprint give the same rows in the same order.
  public var fingerprint: String

  /// The SHA-256 digest of the whole of `dataset.json`, its own digits as zeros.
  var digest = EmbeddedDigest.zeros

  /// What the rows are made of.
  public var problem: Problem

  /// The splits: train, validation, test.
  public var splits: [SplitManifest]

  /// Where the data come from, as names and values.
  public var provenance: [String: String]

  /// The schema and the files that the data were imported from; nil where they were not.
  public var origin: ImportOrigin?

  /// The file with the vocabularies and scalings fitted on the train split; nil where none is.
  public var vocabularies: CachedFile?

  /// The best reachable AUCs on the test split; nil where they are not known.
  public var ceilings: Ceilings?
}

/// What `dataset.json` says of one split.
public struct SplitManifest: Sendable, Equatable, Codable {
  /// Which split it is.
  public var name: SplitName

  /// The rows, per scenario and task.
  public var counts: SplitCounts

  /// The column files in the split's folder.
  public var files: [CachedFile]

  /// The rows that are in no group, where there are such; each has a group number of its own.
  public var rowsWithoutGroup: Int?
}

/// What `dataset.json` says of another file of the cache.
public struct CachedFile: Sendable, Equatable, Codable {
  /// The name of the file.
  public var name: String

  /// Its size.
  public var byteCount: Int

  /// Its SHA-256 digest in hexadecimal digits.
  public var digest: String
}

/// The best AUC that any model can reach, known where labels were drawn from known probabilities.
public struct Ceilings: Sendable, Equatable, Codable {
  /// The AUC of the true probabilities on the labels that were drawn: the expected one, more or less
  /// by chance.
  public struct Realised: Sendable, Equatable, Codable {
    /// By task, then by leaf scenario; nil where a cell has one class only.
    public var cells: [[Double?]]

    /// By task, the mean over the leaf scenarios that have both classes.
    public var macroMeans: [Double?]

    /// By task, over all rows of the split.
    public var pooled: [Double?]

    /// Creates realised ceilings.
    public init(cells: [[Double?]], macroMeans: [Double?], pooled: [Double?]) {
      self.cells = cells
      self.macroMeans = macroMeans
      self.pooled = pooled
    }
  }

  /// By task, then by leaf scenario, in expectation over labels; nil where a cell has no pair.
  public var cells: [[Double?]]

  /// By task, the mean over the leaf scenarios that have a ceiling.
  public var macroMeans: [Double?]

  /// By task, over all rows of the split, ranked across scenarios.
  public var pooled: [Double?]

  /// What the true probabilities reach on the split's own labels; nil where it is not known.
  public var realised: Realised?

  /// Creates ceilings.
  public init(
    cells: [[Double?]], macroMeans: [Double?], pooled: [Double?], realised: Realised? = nil
  ) {
    self.cells = cells
    self.macroMeans = macroMeans
    self.pooled = pooled
    self.realised = realised
  }
}
