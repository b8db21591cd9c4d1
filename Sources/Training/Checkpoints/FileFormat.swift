import Configuration

/// The kind and version of a safetensors file of this program (a weight file or a checkpoint), as
/// stored in its metadata.
struct FileFormat {
  /// The kinds of file.
  enum Kind: String {
    case weights = "aesm2 weights"
    case checkpoint = "aesm2 checkpoint"

    var title: String { self == .weights ? "a weight file" : "a training checkpoint" }
  }

  private static let kindKey = "format"
  private static let versionKey = "formatVersion"

  let kind: Kind
  /// The version that is written and the only one that is read.
  let version: Int

  static let weights = FileFormat(kind: .weights, version: 2)
  static let checkpoint = FileFormat(kind: .checkpoint, version: 2)

  /// Whether metadata mark the file as written by this program; if one of the two texts is damaged,
  /// the other remains.
  static func isMarked(_ metadata: [String: String]) -> Bool {
    metadata[versionKey] != nil || metadata[kindKey].flatMap(Kind.init) != nil
  }

  /// Returns metadata with the kind and version added.
  func marked(_ metadata: [String: String]) -> [String: String] {
    metadata.merging([Self.kindKey: kind.rawValue, Self.versionKey: String(version)]) { $1 }
  }

  /// Returns metadata without kind and version.
  ///
  /// - Throws: ``Diagnostic`` if the file is of another kind or version.
  func checked(_ metadata: [String: String]) throws -> [String: String] {
    guard let name = metadata[Self.kindKey], let found = Kind(rawValue: name) else {
      throw Diagnostic("is not \(kind.title): it was written by another program")
    }
    guard found == kind else { throw Diagnostic("is \(found.title), not \(kind.title)") }
    guard metadata[Self.versionKey] == String(version) else {
      throw Diagnostic(
        "has format version \(metadata[Self.versionKey] ?? "none"), "
          + "but this program reads version \(version)")
    }
    return metadata.filter { $0.key != Self.kindKey && $0.key != Self.versionKey }
  }
}
