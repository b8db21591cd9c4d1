import Configuration
import Experiments

/// The list of the files in a bundle with their digests; the digest of its own text stands for the
/// whole bundle.
struct BundleManifest: Equatable {
  /// A file of the bundle.
  struct File: Equatable {
    /// The name in the archive, such as `runs/ID/record.json`.
    let name: String
    /// The number of bytes.
    let byteCount: Int
    /// The SHA-256 digest of the bytes.
    let digest: String
  }

  /// The name of the manifest in the archive.
  static let name = "manifest.json"
  /// The specification of the experiment, if it is known.
  static let specificationName = "specification.yaml"
  /// The runs with their places in the experiment, if these are known; see ``Results``.
  static let resultsName = "runs.jsonl"
  /// The files of a run, of those that a bundle can hold.
  static let runFiles = [
    "configuration.json", "record.json", "failure.json", "pause.json", "curves.jsonl",
    "weights.safetensors",
  ]
  private static let format = "aesm2 bundle"
  private static let version = 1

  /// The files, in the order of the archive, without the manifest itself.
  let files: [File]

  /// Creates a manifest.
  init(files: [File]) { self.files = files }

  /// The manifest as text: canonical JSON and a line break.
  var text: String {
    let files = files.map { file -> ConfigurationValue in
      .object([
        "bytes": .integer(file.byteCount), "name": .string(file.name),
        "sha256": .string(file.digest),
      ])
    }
    let value = ConfigurationValue.object([
      "files": .list(files), "format": .string(Self.format), "version": .integer(Self.version),
    ])
    return value.canonicalJSON + "\n"
  }

  /// The digest of the bundle: SHA-256 of ``text``.
  var digest: String { Digest(of: text).description }

  /// Reads a manifest.
  ///
  /// - Throws: ``Diagnostic`` if it is not as ``text`` gives it, is of a later version, or names a
  ///   file twice or one that no bundle has.
  init(text: String) throws {
    let fields = try ConfigurationFields(try ConfigurationValue(json: text))
    guard try fields("format", String.self) == Self.format else {
      throw Diagnostic("is not of a bundle")
    }
    let version = try fields("version", Int.self)
    guard version == Self.version else {
      throw Diagnostic(
        "is of version \(version), but this version reads \(Self.version): the bundle was made by "
          + "another version of the tool")
    }
    var names: Set<String> = [Self.name]
    files = try fields.list("files").map { value in
      let fields = try ConfigurationFields(value, keys: ["bytes", "name", "sha256"])
      let name = try fields("name", String.self)
      guard Self.isKnown(name) else {
        throw Diagnostic("'\(excerpt(name))' is not a file that a bundle can have")
      }
      guard names.insert(name).inserted else { throw Diagnostic("'\(name)' is listed twice") }
      return File(
        name: name, byteCount: try fields("bytes", Int.self), digest: try fields("sha256"))
    }
    guard self.text == text else {
      throw Diagnostic("is not written as a manifest is: it was changed by hand")
    }
  }

  /// Returns whether a bundle can have a file: its specification, its results, or a file of a run.
  ///
  /// Nothing else is ever written, so no name leads out of the store.
  static func isKnown(_ name: String) -> Bool {
    name == specificationName || name == resultsName || runFile(name) != nil
  }

  /// Returns the run and the name of a file in a run's folder; nil for any other file.
  static func runFile(_ name: String) -> (id: String, file: String)? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[0] == "runs", RunConfiguration.isID(parts[1]),
      runFiles.contains(parts[2])
    else { return nil }
    return (parts[1], parts[2])
  }
}
