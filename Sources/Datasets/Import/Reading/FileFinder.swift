import Foundation
import Ranking

/// Finds the files of a schema under a root folder.
struct FileFinder {
  let root: URL

  /// Returns the path of a file, which may have `.gz` at its end, and may lie in any folder under
  /// the root if its name is there once only.
  ///
  /// - Throws: ``DataError`` if there is none, or there are several.
  func path(of file: String) throws -> String {
    let files = FileManager.default
    for name in [file, file + ".gz"] {
      let path = root.appending(path: name).path
      var isFolder: ObjCBool = false
      if files.fileExists(atPath: path, isDirectory: &isFolder) {
        guard !isFolder.boolValue else {
          throw DataError("\(path) is a folder, but must be a file")
        }
        return path
      }
    }
    let all = (files.enumerator(atPath: root.path)?.allObjects as? [String] ?? []).sorted()
    let found = all.filter { path in
      [file, file + ".gz"].contains { path.hasSuffix("/" + $0) }
    }
    if found.count == 1 { return root.appending(path: found[0]).path }
    if found.count > 1 {
      throw DataError(
        "\(file) lies in \(root.path) more than once: \(found.joined(separator: ", "))")
    }
    var sentence = "cannot find \(file) in \(root.path)"
    if let nearest = nearestName(to: file, among: all) {
      sentence += "; did you mean '\(nearest)'?"
    }
    throw DataError(sentence)
  }
}
