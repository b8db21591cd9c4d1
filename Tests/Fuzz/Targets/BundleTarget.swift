import Configuration
import Experiments
import Foundation
import RunExports

extension FuzzTarget {
  /// A bundle is refused, or gives runs whose ids are those of their configurations; nothing is
  /// written outside of the store, and nothing at all if it is refused.
  static let bundle = FuzzTarget(
    name: "bundle", form: .binary, seeds: { [try seed()] },
    words: [
      "../", "runs/", "/record.json", "manifest.json", "\"sha256\":\"", "\"bytes\":", "\"name\":\"",
      "ustar", "\u{0}", "0", "runs.jsonl", "\"version\":1", "777",
    ]
  ) { input, seed, folder in
    let path = try file(input, "input.tar", in: folder)
    let store = folder.appending(path: "store")
    try? FileManager.default.removeItem(at: store)
    let imported = try outcome {
      try BundleImport(of: try RunBundle(at: path), into: RunStore(at: store.path)).perform().added
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: store.path)) ?? []
    guard case .success(let added) = imported else {
      return try require(names.isEmpty, "is refused, but left \(names)")
    }
    try require(input == seed, "is accepted, though a byte differs")
    let runs = try RunCollection(contentsOf: [store.path])
    try require(runs.problems.isEmpty && runs.runs.count == added, "\(runs.problems)")
    try require(names.count == added, "left \(names)")
  }

  /// The bundle of some committed runs.
  private static func seed() throws -> [UInt8] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    var runs = try RunCollection(contentsOf: [root.appending(path: "results/quickstart").path])
    runs.keep { $0.configuration.seed == 1 }
    let url = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    _ = try BundleExporter.export(ExportRequest(runs: runs.runs, destination: url.path))
    return Array(try Data(contentsOf: url))
  }
}
