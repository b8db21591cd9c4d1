import Configuration
import Foundation

/// Checks that replacing a folder loses nothing but a cache: the folder does not exist, is empty,
/// or contains a manifest and nothing that is foreign to caches.
///
/// - Throws: ``Diagnostic`` that names the first entry that is not part of a cache.
func checkReplaceable(_ path: String) throws {
  guard let status = fileStatus(path) else { return }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    throw Diagnostic("is a file, but must be a folder for the data set").at(path)
  }
  let names = try entries(of: path)
  guard !names.isEmpty else { return }
  let manifest = DatasetManifest.fileName
  guard names.contains(manifest) else {
    throw Diagnostic(
      "holds something else than a data set ('\(names[0])', and no \(manifest)); "
        + "choose another folder"
    ).at(path)
  }
  guard let contents = CacheContents(manifest: "\(path)/\(manifest)") else {
    throw Diagnostic(
      "holds a \(manifest) that is not that of a data set cache; choose another folder, or "
        + "delete this one yourself"
    ).at(path)
  }
  if let foreign = try contents.firstForeignEntry(of: path) {
    throw Diagnostic(
      "holds '\(foreign)', which is not part of a data set cache and would be lost; "
        + "choose another folder, or move that out of it"
    ).at(path)
  }
}

/// The permitted contents of a cache folder according to its manifest, in any format version.
private struct CacheContents {
  private struct Manifest: Decodable {
    struct Split: Decodable {
      struct File: Decodable { var name: String }
      var name: String
      var files: [File]
    }
    var formatVersion: Int
    var fingerprint: String
    var splits: [Split]
  }

  private let files: Set = [
    DatasetManifest.fileName, DatasetManifest.vocabulariesName, LintReport.fileName,
  ]
  private var splits: [String: Set<String>] = [:]

  /// Reads the entries listed by a manifest; nil if it is not the manifest of a cache.
  init?(manifest path: String) {
    guard fileStatus(path, followingLinks: false).map({ $0.st_mode & S_IFMT }) == S_IFREG,
      let data = FileManager.default.contents(atPath: path),
      let manifest = try? JSONDecoder().decode(Manifest.self, from: data),
      (1...DatasetManifest.currentFormatVersion).contains(manifest.formatVersion),
      manifest.fingerprint.count == 64, manifest.fingerprint.allSatisfy(\.isHexDigit),
      !manifest.splits.isEmpty
    else { return nil }
    for split in manifest.splits { splits[split.name] = Set(split.files.map(\.name)) }
  }

  /// Returns the first entry of a folder, in order of name, that is not part of the cache; folders
  /// must be folders and files regular files, rather than links.
  func firstForeignEntry(of folder: String) throws -> String? {
    for name in try entries(of: folder) {
      guard let known = splits[name] else {
        if isFile("\(folder)/\(name)"), files.contains(name) || isPartialName(name) { continue }
        return name
      }
      guard kind(of: "\(folder)/\(name)") == S_IFDIR else { return name }
      for file in try entries(of: "\(folder)/\(name)") {
        let isOwn = known.contains(file) || isPartialName(file)
        guard isOwn, isFile("\(folder)/\(name)/\(file)") else { return "\(name)/\(file)" }
      }
    }
    return nil
  }

  private func isFile(_ path: String) -> Bool { kind(of: path) == S_IFREG }

  private func kind(of path: String) -> mode_t? {
    fileStatus(path, followingLinks: false).map { $0.st_mode & S_IFMT }
  }
}

/// Returns the names of the entries of a folder, sorted.
private func entries(of path: String) throws -> [String] {
  do {
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  } catch {
    throw Diagnostic(cannot: "read the folder", path, because: error)
  }
}
