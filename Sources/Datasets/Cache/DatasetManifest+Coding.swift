import Foundation
import Ranking

extension DatasetManifest {
  /// The name of the file in the cache folder.
  static let fileName = "dataset.json"

  /// Returns the manifest as JSON with sorted keys.
  func encoded() throws -> Data { try Self.encode(self, pretty: true) }

  /// Reads and checks the manifest of a cache folder.
  ///
  /// - Throws: ``DataError`` where it is missing, corrupt, or of another version.
  static func read(from folder: URL) throws -> DatasetManifest {
    let url = folder.appending(path: fileName)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw DataError("\(folder.path) is not a data set: it has no \(fileName)")
    }
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw DataError("cannot read \(url.path): \(reason(of: error))")
    }
    struct Version: Decodable { var formatVersion: Int }
    do {
      let version = try JSONDecoder().decode(Version.self, from: data).formatVersion
      guard version == currentFormatVersion else {
        throw DataError(
          "\(url.path) is of cache format \(version), but this program reads format "
            + "\(currentFormatVersion); import the data again")
      }
      let manifest = try JSONDecoder().decode(DatasetManifest.self, from: data)
      try manifest.validate()
      return manifest
    } catch let error as DecodingError {
      throw DataError("\(url.path) is corrupt: \(Self.sentence(for: error))")
    } catch let error as DataError where !error.description.hasPrefix(url.path) {
      throw DataError("\(url.path) is corrupt: \(error.description)")
    }
  }

  /// Checks that the parts fit each other.
  func validate() throws {
    let tree = problem.scenarios
    guard !tree.levels.isEmpty, !tree.leaves.isEmpty, Set(tree.leaves).count == tree.leafCount,
      tree.leaves.allSatisfy({ leaf in
        leaf.count == tree.depth
          && zip(leaf, tree.levels).allSatisfy { $1.values.indices.contains($0) }
      })
    else { throw DataError("the scenario tree has leaves that do not fit its levels") }
    guard !problem.tasks.isEmpty else { throw DataError("there is no task") }
    if let field = (problem.fields + problem.bags).first(where: { $0.vocabularySize < 1 }) {
      throw DataError(
        "field '\(field.name)' has a vocabulary of \(field.vocabularySize), but must have 1 or more"
      )
    }
    guard splits.map(\.name) == SplitName.allCases else {
      throw DataError(
        "the splits must be \(SplitName.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    if let split = splits.first(where: { !$0.counts.fits(problem) }) {
      throw DataError("the counts of the \(split.name.rawValue) split do not fit the problem")
    }
    if let ceilings {
      let taskCount = problem.tasks.count
      guard ceilings.cells.count == taskCount, ceilings.macroMeans.count == taskCount,
        ceilings.pooled.count == taskCount,
        ceilings.cells.allSatisfy({ $0.count == tree.leafCount })
      else { throw DataError("the ceilings do not fit the problem") }
    }
    guard fingerprint == (try computedFingerprint()) else {
      throw DataError("the fingerprint does not fit the problem and the column files")
    }
  }

  /// Returns the digest of the format version, the problem, and the name, size and digest of every
  /// column file.
  func computedFingerprint() throws -> String {
    struct Content: Encodable {
      var formatVersion: Int
      var problem: Problem
      var files: [[ColumnFileManifest]]
    }
    let content = Content(
      formatVersion: formatVersion, problem: problem, files: splits.map(\.files))
    var hash = SHA256()
    try Self.encode(content, pretty: false).withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  private static func encode(_ value: some Encodable, pretty: Bool) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return try encoder.encode(value)
  }

  private static func sentence(for error: DecodingError) -> String {
    func key(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    switch error {
    case .keyNotFound(let missing, let context):
      return "the key '\(key(context.codingPath + [missing]))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "the key '\(key(context.codingPath))' has a value of the wrong type"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "the key '\(key(context.codingPath))' has a value that is not known"
    default: return "it cannot be read as JSON"
    }
  }
}
