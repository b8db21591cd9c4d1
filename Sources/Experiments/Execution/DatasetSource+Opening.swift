import Datasets
import Foundation
import Ranking

extension DatasetSource {
  /// Opens the data set, and makes its cache first where that is missing.
  ///
  /// - Parameters:
  ///   - folder: The folder that paths are relative to: that of the specification.
  ///   - progress: Is told how many rows were written so far. What it throws ends the making of
  ///     the cache, which then leaves nothing behind.
  /// - Throws: ``ConfigurationError`` or ``DataError`` that names the file and what is wrong with it.
  public func open(relativeTo folder: String, progress: (Int) throws -> Void = { _ in }) throws
    -> Dataset
  {
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    let cache = URL(fileURLWithPath: cache, relativeTo: base).standardizedFileURL
    guard !FileManager.default.fileExists(atPath: cache.path) else {
      let dataset = try Dataset.open(at: cache)
      try check(dataset)
      return dataset
    }
    switch origin {
    case .cache:
      throw ConfigurationError(
        "\(cache.path): there is no data set cache, and the specification does not say how to make "
          + "one")
    case .files(let schema, let files):
      let schema = try DatasetSchema.load(yaml: URL(fileURLWithPath: schema, relativeTo: base))
      return try withoutActuallyEscaping(progress) { progress in
        try DatasetImporter(schema: schema, root: URL(fileURLWithPath: files, relativeTo: base))
          .run(into: cache) { try progress($0.rowCount) }
      }
    case .synthetic(let recipe, let settings, let rows, let seed):
      let recipe = try SyntheticRecipe.named(recipe, overriding: settings)
      return try recipe.generate(
        into: cache, rows: rows ?? recipe.defaultRowCount,
        seed: seed.map(UInt64.init) ?? SyntheticRecipe.defaultSeed
      ) { done, _ in try progress(done) }
    }
  }

  /// Checks that a cache of synthetic data was made as the specification says.
  private func check(_ dataset: Dataset) throws {
    guard case .synthetic(let id, let settings, let rows, let seed) = origin else { return }
    let recipe = try SyntheticRecipe.named(id, overriding: settings)
    let wanted = [
      "recipe": recipe.id, "rows": String(rows ?? recipe.defaultRowCount),
      "seed": String(seed.map(UInt64.init) ?? SyntheticRecipe.defaultSeed),
      "settings": ConfigurationValue.object(recipe.settings.configuration).canonicalJSON,
    ]
    for (key, value) in wanted.sorted(by: { $0.key < $1.key })
    where dataset.manifest.provenance[key] != value {
      throw ConfigurationError(
        "\(dataset.url.path) was made with \(key) "
          + "\(dataset.manifest.provenance[key] ?? "unknown"), but the specification says \(value); "
          + "delete the folder or name another")
    }
  }
}
