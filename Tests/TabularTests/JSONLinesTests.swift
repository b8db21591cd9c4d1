import Configuration
import Foundation
import TestKit
import Testing

// Internal: CellColumn.string, tableFormats.suffixes.
@testable import Tabular

@Suite struct JSONLinesTests {
  /// The cells of a file, the names of its columns first.
  private func rows(
    _ text: String, _ layout: CSVFormat = CSVFormat(), chunkSize: Int = 1 << 19,
    named name: String = "t.jsonl"
  ) throws -> [[String]] {
    try withTemporaryPath { folder in
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      let path = "\(folder)/\(name)"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      do {
        let reader = try JSONLinesReader(path: path, layout: layout, chunkSize: chunkSize)
        var rows = [reader.columns]
        while let chunk = try reader.next() {
          let grid = try reader.cells(of: chunk)
          let columns = reader.columns.indices.map { CellColumn(grid, $0) }
          rows += (0..<grid.rowCount).map { row in columns.map { $0.string(row) } }
        }
        return rows
      } catch let error as Diagnostic {
        throw Diagnostic(error.description.replacing(folder + "/", with: ""))
      }
    }
  }

  @Test func membersOfObjectsAreTheCellsOfRows() throws {
    let text = """
      {"user": "u1", "price": 1.50, "click": true, "tags": [1, "b"], "note": null}

      {"tags": [], "click": false, "user": "ü \\"2\\"\\n", "price": -3}
      """
    #expect(
      try rows(text) == [
        ["click", "note", "price", "tags", "user"], ["1", "", "1.5", "1,b", "u1"],
        ["0", "", "-3", "", "ü \"2\"\n"],
      ])
  }

  @Test(arguments: [1, 7, 64]) func cellsDoNotDependOnTheSizeOfChunks(chunkSize: Int) throws {
    let text = (0..<40).map { "{\"a\": \($0), \"b\": \"x\($0)\"}\n" }.joined()
    let expected = [["a", "b"]] + (0..<40).map { ["\($0)", "x\($0)"] }
    #expect(try rows(text, chunkSize: chunkSize) == expected)
    #expect(try rows(String(text.dropLast()), chunkSize: chunkSize) == expected)
  }

  @Test func listedColumnsAreReadAndOtherKeysPassedOver() throws {
    #expect(
      try rows("{\"b\": 1, \"c\": 2}\n{\"a\": 3}\n", CSVFormat(columns: ["a", "b"]))
        == [["a", "b"], ["", "1"], ["3", ""]])
  }

  @Test(arguments: [
    ("{\"a\": 1}\n{\"a\": 1, \"b\": 2}", "t.jsonl:2: the key 'b' is not in the first record"),
    ("{\"a\": 1}\n[1]", "t.jsonl:2: must be a JSON object, but is"),
    ("{\"a\": 1}\n{\"a\": }", "t.jsonl:2: not valid JSON"),
    ("{\"a\": {\"b\": 1}}", "t.jsonl:1: column 'a': holds an object"),
    ("{\"a\": [[1]]}", "t.jsonl:1: column 'a': holds a list of lists"),
    ("{\"a\": 18446744073709551615}", "t.jsonl:1: column 'a': 1.8446744073709552e+19 has too many"),
    ("{\"a\": 1, \"a\": 2}", "t.jsonl:1: the key 'a' occurs twice"),
    ("", "t.jsonl:1: has no record in its first line"),
    ("\n{\"a\": 1}", "t.jsonl:1: has no record in its first line"),
  ])
  func whatIsNoTableIsRefusedWithItsLine(text: String, expected: String) {
    let sentence = message { _ = try rows(text) }
    #expect(sentence.hasPrefix(expected), "\(sentence)")
  }

  @Test func separatorsAreOfOtherFormats() {
    let sentence = message { _ = try rows("{\"a\": 1}", CSVFormat(separator: 9)) }
    #expect(sentence.hasPrefix("t.jsonl: is read as JSON lines"), "\(sentence)")
  }

  @Test(arguments: [
    ("t.csv", "CSVReader"), ("t.CSV.gz", "CSVReader"), ("t.data", "CSVReader"),
    ("t.jsonl", "JSONLinesReader"), ("t.ndjson", "JSONLinesReader"),
  ])
  func theNameOfAFileSaysItsFormat(name: String, reader: String) throws {
    let folder = try TemporaryFolder()
    try Data("{\"a\": 1}\n".utf8).write(to: folder[name])
    let opened = try openTable(folder[name].path, CSVFormat())
    #expect("\(type(of: opened))" == reader)
  }

  @Test func everyFormatHasNamesOfItsOwn() {
    let suffixes = tableFormats.flatMap(\.suffixes)
    #expect(Set(suffixes).count == suffixes.count && suffixes.allSatisfy { $0.hasPrefix(".") })
  }
}
