import Configuration
import Experiments
import Foundation
import RunExports
import TestKit
import Testing

/// The values are compared by TensorBoard's own reader in `make test-interop`.
@Suite struct TensorBoardTests {
  @Test func everyRunHasAFolderWithOneEventFile() throws {
    let fixture = try ExportFixture()
    let path = try fixture.export(TensorBoardExporter.self, to: "events")
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    let folders = names.filter { !$0.contains("tfevents") }
    #expect(Set(folders) == Set(try fixture.runs.map(\.folderName)))
    #expect(names.count == folders.count + 1)  // The columns of the HParams tab.
    for run in try fixture.runs {
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(run.folderName)")
      #expect(files == ["events.out.tfevents.\(Int(run.endTime)).\(run.id.prefix(8))"])
      // 2026-01-02, 03:04:05 UTC.
      if run.record != nil { #expect(run.endTime == 1_767_323_045) }
    }
  }

  @Test func histogramsAreThereOnlyWithWeights() throws {
    let fixture = try ExportFixture()
    let name = try #require(
      try fixture.runs.first { $0.id == fixture.configurations[0].id }?.folderName)
    func text(_ path: String) throws -> String {
      let folder = "\(path)/\(name)"
      let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
      return String(decoding: try bytes("\(folder)/\(file)"), as: UTF8.self)
    }
    let plain = try text(try fixture.export(TensorBoardExporter.self, to: "plain"))
    let weighted = try text(
      try fixture.export(TensorBoardExporter.self, to: "weighted", weights: true))
    #expect(!plain.contains("weights/layer/weight") && weighted.contains("weights/layer/weight"))
    for tag in [
      "loss/auxiliary/load", "test/auc/click/NL", "kept/validation/auc/macro", "settings.width",
    ] {
      #expect(plain.contains(tag))
    }
  }

  @Test func anExistingFolderIsNotTouched() throws {
    let fixture = try ExportFixture()
    let old = try fixture.fake.folder.write("mine", to: "events/file").path
    let text = try #require(
      sentence { try fixture.export(TensorBoardExporter.self, to: "events") })
    #expect(text.hasSuffix("already exists: give the name of a new folder"))
    #expect(try bytes(old) == Data("mine".utf8))
  }
}
