import Configuration
import Foundation
import Tabular

/// Finds the files of a schema under a root folder.
struct FileFinder {
  let root: URL

  /// Returns the path of a file, which may have an additional `.gz` extension, and may lie in any
  /// folder under the root if its name is unique there; links to folders are followed.
  ///
  /// A path that leads out of the root is rejected, unless the schema gives it as an absolute path.
  ///
  /// - Throws: ``Diagnostic`` if there is no such file, or more than one.
  func path(of file: String) throws -> String {
    guard !file.split(separator: "/").contains("..") else {
      throw Diagnostic(
        "the file '\(excerpt(file))' would lie outside of \(root.path); give its whole path, from / on, "
          + "if it must be read from there")
    }
    let isAbsolute = file.hasPrefix("/")
    for name in [file, file + ".gz"] {
      let path = isAbsolute ? name : root.appending(path: name).path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
        guard !isFolder.boolValue else {
          throw Diagnostic("is a folder, but must be a file").at(path)
        }
        return path
      }
    }
    guard !isAbsolute else { throw Diagnostic("there is no file \(excerpt(file, limit: 500))") }
    var all: [String] = []
    var seen: Set<String> = []
    collect("", into: &all, &seen)
    let found = all.filter { path in
      [file, file + ".gz"].contains { path == $0 || path.hasSuffix("/" + $0) }
    }
    if found.count == 1 { return root.appending(path: found[0]).path }
    if found.count > 1 {
      throw Diagnostic(
        "\(file) lies in \(root.path) more than once: \(found.joined(separator: ", "))")
    }
    var sentence = "cannot find \(excerpt(file, limit: 500)) in \(root.path)"
    if let nearest = nearestName(to: file, among: all) {
      sentence += "; did you mean '\(nearest)'?"
    }
    throw Diagnostic(sentence)
  }

  /// Lists the files under a folder by name, with paths relative to the root; each folder once,
  /// however many links lead to it.
  private func collect(_ folder: String, into files: inout [String], _ seen: inout Set<String>) {
    let url = folder.isEmpty ? root : root.appending(path: folder)
    guard seen.insert(url.resolvingSymlinksInPath().path).inserted else { return }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    for name in names.sorted() {
      let path = folder.isEmpty ? name : folder + "/" + name
      var isFolder: ObjCBool = false
      guard
        FileManager.default.fileExists(
          atPath: root.appending(path: path).path, isDirectory: &isFolder)
      else { continue }
      if isFolder.boolValue {
        collect(path, into: &files, &seen)
      } else {
        files.append(path)
      }
    }
  }
}
