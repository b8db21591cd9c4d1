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
    let cache = cacheURL(relativeTo: base)
    func existing() throws -> Dataset? {
      guard let dataset = try cached(relativeTo: base, verifyingDigests: verifyingDigests) else {
        return nil
      }
      try check(dataset, relativeTo: base, note: note)
      return dataset
    }
    if let dataset = try existing() { return dataset }
    if origin == .cache {
      throw Diagnostic(
        "\(cache.path): there is no data set cache, and the specification does not say how to make "
          + "one")
    }
    return try Self.alone(at: cache, while: { try progress(0) }) {
      try existing() ?? make(cache, relativeTo: base, progress: progress)
    }
  }

  /// Returns the fingerprint of the data in the cache, whether or not the source describes them;
  /// nil if there is no cache.
  ///
  /// - Throws: ``Diagnostic`` if the cache cannot be read.
  package func cachedFingerprint(relativeTo folder: String) throws -> String? {
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    return try cached(relativeTo: base, verifyingDigests: false)?.fingerprint
  }

  private func cached(relativeTo base: URL, verifyingDigests: Bool) throws -> Dataset? {
    let cache = cacheURL(relativeTo: base)
    guard FileManager.default.fileExists(atPath: cache.path) else { return nil }
    return try Dataset.open(at: cache, verifyingDigests: verifyingDigests)
  }

  private func cacheURL(relativeTo base: URL) -> URL {
    URL(fileURLWithPath: cache, relativeTo: base).standardizedFileURL
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

  private func make(
    _ cache: URL, relativeTo base: URL, progress: (Int) throws -> Void
  ) throws -> Dataset {
    switch origin {
    case .cache: return try Dataset.open(at: cache)
    case .files(let schema, let files, let each):
      let schema = try DatasetSchema.load(yaml: URL(fileURLWithPath: schema, relativeTo: base))
        .restricted(to: each)
      return try withoutActuallyEscaping(progress) { progress in
        try DatasetImporter(schema: schema, root: URL(fileURLWithPath: files, relativeTo: base))
          .run(into: cache) { try progress($0.rowCount) }
      }
    case .synthetic(let recipe, let settings, let rows, let seed):
      let recipe = try SyntheticRecipe.named(recipe, overriding: settings)
      return try recipe.generate(
        into: cache, rows: rows ?? recipe.defaultRowCount,
        seed: seed.map { UInt64(bitPattern: Int64($0)) } ?? SyntheticRecipe.defaultSeed
      ) { done, _ in try progress(done) }
    }
  }

  /// Checks that a cache matches the specification.
  private func check(_ dataset: Dataset, relativeTo base: URL, note: (String) -> Void) throws {
    switch origin {
    case .cache: break
    case .files(let schema, let files, let each):
      try checkImport(
        of: dataset, schema: schema, files: files, each: each, relativeTo: base, note: note)
    case .synthetic(let recipe, let settings, let rows, let seed):
      try checkRecipe(of: dataset, recipe, settings, rows: rows, seed: seed)
    }
  }

  private func checkImport(
    of dataset: Dataset, schema: String, files: String, each: [EachValue], relativeTo base: URL,
    note: (String) -> Void
  ) throws {
    let path = URL(fileURLWithPath: schema, relativeTo: base).standardizedFileURL
    let root = URL(fileURLWithPath: files, relativeTo: base).standardizedFileURL
    guard FileManager.default.fileExists(atPath: path.path) else {
      return note("\(path.path) is not there to be compared with \(dataset.url.path)")
    }
    let importer = DatasetImporter(
      schema: try DatasetSchema.load(yaml: path).restricted(to: each), root: root)
    if let difference = importer.difference(from: dataset, note: note) {
      throw Diagnostic(
        "\(dataset.url.path) does not fit the specification: \(difference); to import again: "
          + "aesm2 data import \(shellQuoted(path.path)) --files \(shellQuoted(root.path)) --output "
          + shellQuoted(dataset.url.path)
          + each.map { " --each \(shellQuoted($0.description))" }.joined())
    }
  }

  private func checkRecipe(
    of dataset: Dataset, _ id: String, _ settings: [String: ConfigurationValue], rows: Int?,
    seed: Int?
  ) throws {
    let recipe = try SyntheticRecipe.named(id, overriding: settings)
    let wanted = [
      "recipe": recipe.id, "rows": String(rows ?? recipe.defaultRowCount),
      "seed": String(seed.map { UInt64(bitPattern: Int64($0)) } ?? SyntheticRecipe.defaultSeed),
      "settings": ConfigurationValue.object(recipe.configuration).canonicalJSON,
    ]
    for (key, value) in wanted.sorted(by: { $0.key < $1.key })
    where dataset.manifest.provenance[key] != value {
      throw Diagnostic(
        "\(dataset.url.path) was made with \(key) "
          + "\(dataset.manifest.provenance[key] ?? "unknown"), but the specification says \(value); "
          + "delete the folder or name another")
    }
  }
}
