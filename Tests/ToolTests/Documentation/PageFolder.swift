import Foundation
import TestKit

/// A new folder in which the commands of one page are run in order, as if it were a fresh clone.
///
/// It holds copies of `experiments/`, of `results/quickstart` and the results that scripts name, and of what
/// `aesm2 new` adds to, and small made-up files of two data sets in `downloads/`. On PATH are `aesm2` itself, and a
/// stand-in for `make`, which looks a target up without making it, and the target or suite of tests that `FILTER` names.
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
    try copyResults(of: script)
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
    try manager.copyItem(
      at: root.appendingPathComponent("experiments"),
      to: folder.appendingPathComponent("experiments"))
    try copyResults(of: "results/quickstart")
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
      "make",
      #"""
      "$(PATH=${PATH#*:} command -v make)" -n -C '\#(root.path)' "$@" > /dev/null || exit
      for part in "$@"; do
        case $part in FILTER=*)
          name=${part#*=}
          [ -d '\#(root.path)'/Tests/"$name" ] \
            || grep -qrE "struct $name( |$)" '\#(root.path)'/Tests || exit ;;
        esac
      done
      """#)
    try manager.createSymbolicLink(
      at: folder.appendingPathComponent(".bin/aesm2"), withDestinationURL: ToolBinary.url)
  }

  /// Copies the committed results that a script names, if there are any and they are not there yet.
  private func copyResults(of script: String) throws {
    let manager = FileManager.default
    for name in Set(script.matches(of: #/results/[\w-]+/#).map { String($0.0) }) {
      let source = DataFolder.packageRoot.appendingPathComponent(name)
      let copy = folder.appendingPathComponent(name)
      try manager.createDirectory(
        at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
      if manager.fileExists(atPath: source.path), !manager.fileExists(atPath: copy.path) {
        try manager.copyItem(at: source, to: copy)
      }
    }
  }

  private func command(_ name: String, _ script: String) throws {
    try write("#!/bin/bash\n\(script)\n", to: ".bin/\(name)")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755],
      ofItemAtPath: folder.appendingPathComponent(".bin/\(name)").path)
  }
}
