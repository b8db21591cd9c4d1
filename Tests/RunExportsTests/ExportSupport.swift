import Experiments
import ExperimentsTestKit
import Foundation
import RunExports
import TestKit

/// A store with three finished runs, one of which has curves and weights, and a failed one.
struct ExportFixture {
  let fake: FakeStore
  let configurations = [
    FakeStore.configuration(seed: 1), FakeStore.configuration(model: "beta", seed: 1),
    FakeStore.configuration(width: 16, seed: 2),
  ]
  let failed = FakeStore.configuration(seed: 3)

  init() throws {
    fake = try FakeStore(configurations + [failed]) { $0.seed == 3 ? "out of memory" : nil }
    try fake.addFiles(to: configurations[0])
  }

  /// The runs of the store.
  var runs: [StoredRun] { get throws { try RunCollection(contentsOf: [fake.store.path]).runs } }

  /// Returns a path beside the store.
  subscript(_ name: String) -> String { fake.folder.path + "/" + name }

  /// Exports all runs and returns the path of what was written.
  @discardableResult
  func export(_ exporter: any RunExporter.Type, to name: String, weights: Bool = false) throws
    -> String
  {
    let path = self[name]
    _ = try exporter.export(
      ExportRequest(runs: try runs, destination: path, includesWeights: weights))
    return path
  }
}

/// The folder of a committed table.
func committed(_ name: String) -> String {
  DataFolder.packageRoot.appending(path: "results/\(name)").path
}

/// The names of all committed tables.
let committedTables: [String] = {
  let root = DataFolder.packageRoot.appending(path: "results").path
  let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
  return names.sorted().filter {
    FileManager.default.fileExists(atPath: "\(root)/\($0)/runs.jsonl")
  }
}()

/// Returns the bytes of a file.
func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
