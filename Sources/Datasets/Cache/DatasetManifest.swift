import Configuration
import Foundation
import Ranking

/// The contents of `dataset.json`: everything about a cached data set except its rows.
public struct DatasetManifest: Sendable, Equatable, Codable {
  /// The version of the cache format that this code writes and reads.
  public static let currentFormatVersion = 2

  /// The version of the cache format.
  public var formatVersion: Int

  /// The SHA-256 digest of the problem and, for every split, the counts and the name, size and
  /// digest of every column file.
  ///
  /// Two caches with the same fingerprint give the same rows in the same order.
  public var fingerprint: String

  /// The SHA-256 digest of all of `dataset.json`, computed with this field's digits set to zero.
  var digest = EmbeddedDigest.zeros

  /// The features, scenarios and tasks of the rows.
  public var problem: Problem

  /// The splits: train, validation, test.
  public var splits: [SplitManifest]

  /// The origin of the data, as names and values.
  public var provenance: [String: String]

  /// The schema and the files that the data were imported from; nil for data that were not
  /// imported.
  public var origin: ImportOrigin?

  /// The file with the vocabularies and scalings fitted on the train split; nil if there is none.
  public var vocabularies: CachedFile?

  /// The best reachable AUCs on the test split; nil if unknown.
  public var ceilings: Ceilings?

  /// By leaf scenario, the number of the planted group that it belongs to, from 0; nil if no groups
  /// were planted.
  ///
  /// Scenarios of a group share a part of the function that labels were drawn from.
  public var plantedGroups: [Int]?
}

/// The part of `dataset.json` that describes one split.
public struct SplitManifest: Sendable, Equatable, Codable {
  /// The name of the split.
  public var name: SplitName

  /// The row counts, per scenario and task.
  public var counts: SplitCounts

  /// The column files in the split's folder.
  public var files: [CachedFile]

  /// The number of rows without a group, if there are any; each of them has a unique group number.
  public var rowsWithoutGroup: Int?
}

/// The part of `dataset.json` that describes another file of the cache.
public struct CachedFile: Sendable, Equatable, Codable {
  /// The name of the file.
  public var name: String

  /// The size in bytes.
  public var byteCount: Int

  /// The SHA-256 digest in hexadecimal digits.
  public var digest: String
}

extension DatasetManifest {
  /// The name of the file in the cache folder.
  package static let fileName = "dataset.json"

  /// The name of the file with the vocabularies.
  static let vocabulariesName = "vocabularies.json"

  private static let embeddedDigest = EmbeddedDigest(after: "\"digest\" : \"")

  /// Returns the manifest as JSON with sorted keys and its digest.
  package func encoded() throws -> Data {
    var manifest = self
    manifest.digest = EmbeddedDigest.zeros
    var bytes = Array(try Self.encode(manifest, pretty: true))
    Self.embeddedDigest.fill(&bytes)
    return Data(bytes)
  }

  /// Reads and checks the manifest of a cache folder.
  ///
  /// - Throws: ``Diagnostic`` if it is missing, corrupt, or of another format version.
  static func read(from folder: URL) throws -> DatasetManifest {
    let url = folder.appending(path: fileName)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw Diagnostic("is not a data set: it has no \(fileName)").at(folder.path)
    }
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw Diagnostic(cannot: "read", url.path, because: error)
    }
    return try locating(url.path) {
      let version = try decoded(Version.self, from: data).formatVersion
      guard version == currentFormatVersion else {
        throw Diagnostic(
          "has cache format \(version), but this program reads format \(currentFormatVersion); "
            + "import the data again")
      }
      let manifest = try decoded(DatasetManifest.self, from: data)
      try locating("is corrupt") {
        try manifest.validate()
        guard embeddedDigest.isRight(data, lookingIn: data[...]) else {
          throw Diagnostic("it was changed after it was written: its digest is another one")
        }
      }
      return manifest
    }
  }

  private struct Version: Decodable { var formatVersion: Int }

  private static func decoded<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value
  {
    do { return try JSONDecoder().decode(type, from: data) } catch let error as DecodingError {
      throw Diagnostic("is corrupt: \(sentence(for: error))")
    }
  }

  /// Checks that the parts are consistent.
  func validate() throws {
    let tree = problem.scenarios
    guard !tree.levels.isEmpty, !tree.leaves.isEmpty, Set(tree.leaves).count == tree.leafCount,
      tree.leaves.allSatisfy({ leaf in
        leaf.count == tree.depth
          && zip(leaf, tree.levels).allSatisfy { $1.values.indices.contains($0) }
      })
    else { throw Diagnostic("the scenario tree has leaves that do not fit its levels") }
    guard !problem.tasks.isEmpty else { throw Diagnostic("there is no task") }
    _ = try TaskChains(problem.tasks)
    try problem.checkRoles()
    let sizes = 1...Int(Int32.max)
    if let field = (problem.fields + problem.bags).first(where: {
      !sizes.contains($0.vocabularySize)
    }) {
      throw Diagnostic(
        "field '\(field.name)' has a vocabulary of \(field.vocabularySize), but must have from 1 to "
          + "\(sizes.upperBound) values")
    }
    guard splits.map(\.name) == SplitName.allCases else {
      throw Diagnostic(
        "the splits must be \(SplitName.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    if let split = splits.first(where: { !$0.counts.fits(problem) }) {
      throw Diagnostic("the counts of the \(split.name.rawValue) split do not fit the problem")
    }
    for split in splits { try validateFiles(of: split) }
    if let vocabularies, vocabularies.name != Self.vocabulariesName {
      throw Diagnostic("the vocabularies must be in \(Self.vocabulariesName)")
    }
    if let ceilings {
      try locating("ceilings") {
        try ceilings.check(taskCount: problem.tasks.count, scenarioCount: tree.leafCount)
      }
    }
    if let plantedGroups {
      guard plantedGroups.count == tree.leafCount, plantedGroups.allSatisfy({ $0 >= 0 }) else {
        throw Diagnostic("the planted groups do not fit the scenarios")
      }
    }
    guard fingerprint == (try computedFingerprint()) else {
      throw Diagnostic("the fingerprint does not fit the problem, the counts and the column files")
    }
  }

  /// Checks that a split has the column files of the problem, each with the size that its rows
  /// require.
  private func validateFiles(of split: SplitManifest) throws {
    let place = "the \(split.name.rawValue) split"
    let known = ColumnFile.all(for: problem)
    let names = split.files.map(\.name)
    guard Set(names).count == names.count, Set(names).isSubset(of: known.map(\.name)) else {
      throw Diagnostic("\(place) has a file twice, or one that is not of the problem")
    }
    for file in known {
      guard let described = split.files.first(where: { $0.name == file.name }) else {
        if file.isOptional { continue }
        throw Diagnostic("\(place) lacks \(file.name)")
      }
      let wanted = file.byteCount(rowCount: split.counts.rowCount, problem: problem)
      guard described.byteCount == wanted ?? described.byteCount,
        described.byteCount >= 0, described.byteCount % file.numberSize == 0
      else {
        throw Diagnostic(
          "\(file.name) of \(place) has \(described.byteCount) bytes, which does not fit its rows")
      }
    }
  }

  /// Returns the digest of the format version, the problem, and the counts and files of every
  /// split.
  ///
  /// With two tasks, it leaves out which one follows the other, because the labels determine it.
  package func computedFingerprint() throws -> String {
    struct Content: Encodable {
      var formatVersion: Int
      var problem: Problem
      var splits: [SplitManifest]
    }
    var problem = problem
    if problem.tasks.count == 2 {
      for index in problem.tasks.indices { problem.tasks[index].follows = nil }
    }
    let content = Content(formatVersion: formatVersion, problem: problem, splits: splits)
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
    func key(_ path: [any CodingKey]) -> String {
      path.reduce("") { text, key in
        if let index = key.intValue { return "\(text)[\(index + 1)]" }
        return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
      }
    }
    switch error {
    case .keyNotFound(let missing, let context):
      return "it lacks the key '\(key(context.codingPath + [missing]))'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "the key '\(key(context.codingPath))' has a value of the wrong type"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "the key '\(key(context.codingPath))' has a value that is not known"
    default: return "it cannot be read as JSON"
    }
  }
}
