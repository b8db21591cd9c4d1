import Configuration
import DatasetImport
import Datasets
import Foundation
import SyntheticData

/// The source of an experiment's data.
///
/// Paths are relative to the specification's folder.
public struct DatasetSource: Sendable, Equatable {
  /// How the cache is created if it is missing.
  public enum Origin: Sendable, Equatable {
    /// It is not created: it must already exist.
    case cache
    /// Files are imported with a schema, restricted to some values.
    case files(schema: String, folder: String, each: [EachValue] = [])
    /// Rows are drawn from a planted teacher; nil means the recipe's default number of rows.
    case synthetic(
      recipe: String, settings: [String: ConfigurationValue], rows: Int?, seed: Int?)
  }

  /// The folder of the columnar cache.
  public var cache: String

  /// How the cache is created if it is missing.
  public var origin: Origin

  /// Creates a source.
  public init(cache: String, origin: Origin) {
    self.cache = cache
    self.origin = origin
  }
}

extension DatasetSource {
  /// Opens the data set, creating its cache first if it is missing.
  ///
  /// Of several processes that need the same cache, one creates it and the others wait.
  ///
  /// A cache that does not match the specification is rejected: one of another schema, of files
  /// that have changed since, or with other settings of a synthetic twin. If the schema or the
  /// files no longer exist, the cache is used and a note reports it.
  ///
  /// - Parameters:
  ///   - folder: The specification's folder, which paths are relative to.
  ///   - verifyingDigests: Whether to verify every byte of a cache against its digests.
  ///   - note: Receives notes on anything that could not be compared.
  ///   - progress: Receives the number of rows written so far. An error that it throws cancels the
  ///     creation of the cache, which then leaves nothing behind.
  /// - Throws: ``Diagnostic`` that names the file and what is wrong with it.
  public func open(
    relativeTo folder: String, verifyingDigests: Bool = false, note: (String) -> Void = { _ in },
    progress: (Int) throws -> Void = { _ in }
  ) throws -> Dataset {
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    let cache = Self.url(self.cache, relativeTo: base)
    let maker = try maker(relativeTo: base)
    func existing() throws -> Dataset? {
      guard let dataset = try Self.cached(at: cache, verifyingDigests: verifyingDigests) else {
        return nil
      }
      try maker?.check(dataset, note: note)
      return dataset
    }
    if let dataset = try existing() { return dataset }
    guard let maker else {
      throw Diagnostic(
        "\(cache.path): there is no data set cache, and the specification does not say how to make "
          + "one")
    }
    return try Self.alone(at: cache, while: { try progress(0) }) {
      try existing() ?? maker.make(cache, progress: progress)
    }
  }

  /// Returns the fingerprint of the data in the cache, whether or not the source describes them;
  /// nil if there is no cache.
  ///
  /// - Throws: ``Diagnostic`` if the cache cannot be read.
  package func cachedFingerprint(relativeTo folder: String) throws -> String? {
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    return try Self.cached(at: Self.url(cache, relativeTo: base), verifyingDigests: false)?
      .fingerprint
  }

  private static func cached(at cache: URL, verifyingDigests: Bool) throws -> Dataset? {
    guard FileManager.default.fileExists(atPath: cache.path) else { return nil }
    return try Dataset.open(at: cache, verifyingDigests: verifyingDigests)
  }

  private static func url(_ path: String, relativeTo base: URL) -> URL {
    URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL
  }

  /// Returns what makes the cache; nil if it must exist.
  private func maker(relativeTo base: URL) throws -> (any CacheMaker)? {
    switch origin {
    case .cache: return nil
    case .files(let schema, let files, let each):
      return CacheImport(
        schema: Self.url(schema, relativeTo: base), root: Self.url(files, relativeTo: base),
        each: each)
    case .synthetic(let recipe, let settings, let rows, let seed):
      let recipe = try SyntheticRecipe.named(recipe, overriding: settings)
      return CacheTwin(
        recipe: recipe, rows: rows ?? recipe.defaultRowCount,
        seed: seed.map { UInt64(bitPattern: Int64($0)) } ?? SyntheticRecipe.defaultSeed)
    }
  }

  /// Calls `body` when no other process does so for the same path.
  ///
  /// - Parameter wait: Called while this process waits; its error ends the wait.
  private static func alone<Result>(
    at url: URL, while wait: () throws -> Void, _ body: () throws -> Result
  ) throws -> Result {
    let path = url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).lock"
    try createFolder(folder(of: path))
    while true {
      let found: FileLock?
      // Without locks, processes may do the same work twice, which harms nothing.
      do { found = try FileLock.take(path) } catch { return try body() }
      guard let lock = found else {
        try wait()
        usleep(100_000)
        continue
      }
      return try withExtendedLifetime(lock) {
        defer { unlink(path) }
        return try body()
      }
    }
  }
}

/// What makes a cache and tells whether one was made by it, with all paths and defaults resolved.
private protocol CacheMaker {
  /// Makes the cache.
  func make(_ cache: URL, progress: (Int) throws -> Void) throws -> Dataset

  /// Checks that a cache is what this would make.
  func check(_ dataset: Dataset, note: (String) -> Void) throws
}

/// An import of files with a schema.
private struct CacheImport: CacheMaker {
  let schema: URL
  let root: URL
  let each: [EachValue]

  private var importer: DatasetImporter {
    get throws {
      DatasetImporter(
        schema: try DatasetSchema.load(yaml: schema).restricted(to: each), root: root)
    }
  }

  func make(_ cache: URL, progress: (Int) throws -> Void) throws -> Dataset {
    try withoutActuallyEscaping(progress) { progress in
      try importer.run(into: cache) { try progress($0.rowCount) }
    }
  }

  func check(_ dataset: Dataset, note: (String) -> Void) throws {
    guard FileManager.default.fileExists(atPath: schema.path) else {
      return note("\(schema.path) is not there to be compared with \(dataset.url.path)")
    }
    if let difference = try importer.difference(from: dataset, note: note) {
      throw Diagnostic(
        "\(dataset.url.path) does not fit the specification: \(difference); to import again: "
          + "aesm2 data import \(shellQuoted(schema.path)) --files \(shellQuoted(root.path)) "
          + "--output \(shellQuoted(dataset.url.path))"
          + each.map { " --each \(shellQuoted($0.description))" }.joined())
    }
  }
}

/// A synthetic twin.
private struct CacheTwin: CacheMaker {
  let recipe: SyntheticRecipe
  let rows: Int
  let seed: UInt64

  func make(_ cache: URL, progress: (Int) throws -> Void) throws -> Dataset {
    try recipe.generate(into: cache, rows: rows, seed: seed) { done, _ in try progress(done) }
  }

  func check(_ dataset: Dataset, note: (String) -> Void) throws {
    let wanted = recipe.provenance(rows: rows, seed: seed)
    for (key, value) in wanted.sorted(by: { $0.key < $1.key })
    where dataset.manifest.provenance[key] != value {
      throw Diagnostic(
        "\(dataset.url.path) was made with \(key) "
          + "\(dataset.manifest.provenance[key] ?? "unknown"), but the specification says \(value); "
          + "delete the folder or name another")
    }
  }
}
