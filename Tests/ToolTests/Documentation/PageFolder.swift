import Foundation
import TestKit

/// A new folder in which the commands of one page are run in order, as if it were a fresh clone.
///
/// It holds copies of `experiments/` and `results/`, what `aesm2 new` adds to, and small made-up files of two
/// data sets in `downloads/`. On PATH are `aesm2` itself, and stand-ins: `make` looks a target up without making
/// it, `swift` looks up the suite that `--filter` names.
struct PageFolder {
  let folder: URL

  static func with<Result>(_ body: (PageFolder) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let page = PageFolder(folder: folder.resolvingSymlinksInPath())
      try page.furnish()
      return try body(page)
    }
  }

  /// How a script ended, and all that it wrote.
  struct Outcome {
    var status: Int32
    var output: String
  }

  /// Runs lines of a shell until one fails; the output then ends with its number and text.
  func run(_ script: String) throws -> Outcome {
    let file = folder.appendingPathComponent(".script")
    let prelude =
      #"trap 'status=$?; echo "exit status $status of: $BASH_COMMAND" >&2; exit $status' ERR"#
    try write("set -euo pipefail; \(prelude)\n\(script)", to: ".script")
    let log = folder.appendingPathComponent(".log")
    try Data().write(to: log)
    let handle = try FileHandle(forWritingTo: log)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["bash", file.path]
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = "\(folder.path)/.bin:\(environment["PATH"] ?? "/usr/bin:/bin")"
    for name in ["MAKEFLAGS", "MAKELEVEL", "COLUMNS"] { environment[name] = nil }
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try String(contentsOf: log, encoding: .utf8))
  }

  /// Writes a file.
  func write(_ text: String, to name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func furnish() throws {
    let (manager, root) = (FileManager.default, DataFolder.packageRoot)
    try write("", to: "results/.keep")
    try manager.copyItem(
      at: root.appendingPathComponent("experiments"),
      to: folder.appendingPathComponent("experiments"))
    for name in try manager.contentsOfDirectory(atPath: root.appendingPathComponent("results").path)
    where name != "speed" { try copyResults(name) }
    for name in [
      "baselines", "docs/weights.md", "Tests/ModelConformanceTests/References",
      "Tests/ModelConformanceTests/Twins/ModelsWithoutTwin.swift",
    ] {
      let copy = folder.appendingPathComponent(name)
      try manager.createDirectory(
        at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
      try manager.copyItem(at: root.appendingPathComponent(name), to: copy)
    }
    try write(RandomFlights.houston, to: "downloads/hflights.csv")
    try write(RandomFlights.northwest, to: "downloads/pnwflights14.csv")
    for (part, pages) in [("train", 60), ("test", 20)] {
      try write(MadeUpSearches.users(pages: pages), to: "downloads/NL_user_\(part).csv")
      try write(MadeUpSearches.items(pages: pages), to: "downloads/NL_item_\(part).csv")
    }
    try command(
      "make", #"exec "$(PATH=${PATH#*:} command -v make)" -n -C '\#(root.path)' "$@" > /dev/null"#)
    try command(
      "swift",
      """
      while [ $# -gt 1 ] && [ "$1" != --filter ]; do shift; done
      [ -d '\(root.path)'/Tests/"$2" ] || grep -qrE "struct $2( |$)" '\(root.path)'/Tests
      """)
    try manager.createSymbolicLink(
      at: folder.appendingPathComponent(".bin/aesm2"), withDestinationURL: ToolBinary.url)
  }

  /// The results that pages and examples compare with a new report, figures included.
  private static let compared: Set = ["kuairand-pure", "quickstart"]

  /// Copies a folder of results, without its figures if they are not compared: there are thousands in all.
  private func copyResults(_ name: String) throws {
    let manager = FileManager.default
    let source = DataFolder.packageRoot.appendingPathComponent("results/\(name)")
    let copy = folder.appendingPathComponent("results/\(name)")
    var isFolder: ObjCBool = false
    manager.fileExists(atPath: source.path, isDirectory: &isFolder)
    guard isFolder.boolValue, !Self.compared.contains(name) else {
      return try manager.copyItem(at: source, to: copy)
    }
    try manager.createDirectory(at: copy, withIntermediateDirectories: true)
    let files = try manager.contentsOfDirectory(atPath: source.path)
    let figures = Set(files.filter { $0.hasSuffix(".svg") }.map { $0.dropLast(4) })
    for file in files where !figures.contains(file.dropLast(4)) {
      try manager.copyItem(
        at: source.appendingPathComponent(file), to: copy.appendingPathComponent(file))
    }
  }

  private func command(_ name: String, _ script: String) throws {
    try write("#!/bin/bash\n\(script)\n", to: ".bin/\(name)")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755],
      ofItemAtPath: folder.appendingPathComponent(".bin/\(name)").path)
  }
}
