import Configuration
import Experiments
import Foundation
import RunExports
import TestKit
import Testing

@Suite struct JSONLinesTests {
  @Test(arguments: committedTables)
  func committedRecordsAreWrittenAsTheyWereRead(name: String) throws {
    let runs = try RunCollection(contentsOf: [committed(name)]).runs
    let folder = try TemporaryFolder()
    let path = folder.path + "/records.jsonl"
    _ = try JSONLinesExporter.export(ExportRequest(runs: runs, destination: path))
    let written = String(decoding: try bytes(path), as: UTF8.self).split(separator: "\n")
    let lines = String(decoding: try bytes(committed(name) + "/runs.jsonl"), as: UTF8.self)
      .split(separator: "\n")
    let records = Set(
      lines.compactMap { line in
        line.firstRange(of: "\"run\":").map { line[$0.upperBound...].dropLast() }
      })
    for record in written { #expect(records.contains(record)) }
    #expect(written.count == runs.count && Set(written).count == runs.count)
  }

  @Test func recordsAreASourceAgain() throws {
    let fixture = try ExportFixture()
    let path = try fixture.export(JSONLinesExporter.self, to: "records.jsonl")
    let again = try RunCollection(contentsOf: [path]).runs
    #expect(again.map(\.outcome) == (try fixture.runs).map(\.outcome))
  }
}
