import Configuration
import Experiments
import Foundation
import RunExports
import TestKit
import Testing

/// What every format that writes files must do.
@Suite struct ExporterConformanceTests {
  static let formats = exporterCatalog.map { $0.id }.filter { $0 != MLflowExporter.id }

  private func exporter(_ id: String) throws -> any RunExporter.Type {
    try #require(exporterCatalog.first { $0.id == id })
  }

  @Test func namesAreDistinctAndSummariesAreSentences() {
    let ids = exporterCatalog.map { $0.id }
    #expect(Set(ids).count == ids.count)
    for exporter in exporterCatalog {
      #expect(!exporter.summary.isEmpty && exporter.summary.last != ".")
      #expect(!exporter.destination.isEmpty)
    }
  }

  /// The files below a path, by name, with their bytes.
  private func contents(_ path: String) throws -> [String: Data] {
    guard let names = FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }),
      !names.isEmpty
    else { return ["": try bytes(path)] }
    var files: [String: Data] = [:]
    for name in names {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
      if !isFolder.boolValue { files[name] = try bytes("\(path)/\(name)") }
    }
    return files
  }

  @Test(arguments: formats)
  func theSameRunsGiveTheSameBytes(format: String) throws {
    let fixture = try ExportFixture()
    let first = try fixture.export(try exporter(format), to: "first", weights: true)
    let second = try fixture.export(try exporter(format), to: "second", weights: true)
    #expect(try contents(first) == contents(second))
    #expect(try contents(first).allSatisfy { !$0.value.isEmpty })
  }

  @Test(arguments: formats)
  func everyRunThatHasEndedIsCounted(format: String) throws {
    let fixture = try ExportFixture()
    let summary = try exporter(format).export(
      ExportRequest(runs: try fixture.runs, destination: fixture["out"]))
    #expect(summary.written == 4 && summary.skipped == 0)
  }

  @Test(arguments: formats)
  func aFailedExportLeavesNothing(format: String) throws {
    let fixture = try ExportFixture()
    let curves = fixture.fake.store.directory(fixture.configurations[0].id).curvesPath
    try FileManager.default.removeItem(atPath: curves)
    try FileManager.default.createDirectory(atPath: curves, withIntermediateDirectories: false)
    try FileManager.default.createDirectory(
      atPath: fixture["place"], withIntermediateDirectories: false)
    let exporter = try exporter(format)
    guard format != JSONLinesExporter.id else { return }  // It reads no curves.
    #expect(throws: Diagnostic.self) { try fixture.export(exporter, to: "place/out") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: fixture["place"]).isEmpty)
  }

  @Test(arguments: formats)
  func aPlaceThatCannotBeWrittenIsNamed(format: String) throws {
    let fixture = try ExportFixture()
    try fixture.fake.folder.write("a file", to: "file")
    let text = try #require(
      sentence { try fixture.export(try exporter(format), to: "file/out") })
    #expect(text.contains(fixture["file"]), "\(text)")
  }
}
