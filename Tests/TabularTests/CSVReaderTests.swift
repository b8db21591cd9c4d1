import Foundation
import TestKit
import Testing

// Internal: string.
@testable import Tabular

@Suite struct CSVReaderTests {
  /// Reads a whole file into rows of cells.
  private func rows(
    _ text: String, format: CSVFormat = CSVFormat(), chunkSize: Int = 1 << 20
  ) throws -> [[String]] {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "t.csv")
    let reader = try CSVReader(path: file.path, format: format, chunkSize: chunkSize)
    var rows = [reader.columns]
    while let chunk = try reader.next() {
      let grid = try reader.cells(of: chunk)
      #expect(grid.lines.count == grid.rowCount)
      rows += (0..<grid.rowCount).map { row in
        reader.columns.indices.map { CellColumn(grid, $0).string(row) }
      }
    }
    return rows
  }

  private func failure(_ text: String, format: CSVFormat = CSVFormat()) -> String {
    let sentence = message { _ = try rows(text, format: format) }
    return sentence.replacing(/.*t\.csv/, with: "t.csv")
  }

  @Test func quotedCellsMayHoldSeparatorsQuotesAndNewlines() throws {
    let text = "a,b\r\n\"x,\"\"1\"\"\",2\r\n\"two\nlines\",\"\"\r\n"
    #expect(try rows(text) == [["a", "b"], ["x,\"1\"", "2"], ["two\nlines", ""]])
  }

  @Test func anyChunkSizeGivesTheSameCells() throws {
    let text =
      "name,text\n"
      + (0..<200).map { "n\($0),\"a \"\"quoted\"\" text, number \($0)\"\r\n" }.joined()
    let whole = try rows(text)
    #expect(whole.count == 201)
    for size in [1, 2, 3, 7, 64, 1000] { #expect(try rows(text, chunkSize: size) == whole) }
  }

  @Test func chunksMayEndInsideQuotesCharactersAndLineEnds() throws {
    let lines = (0..<40).map { $0 % 3 == 0 ? "\"é\"\"\n\($0)\",→\r\n" : "ü\($0),\"\r\n\"\r\n" }
    let plain = (0..<40).map { "é\($0),→\($0)\r\n" }
    for text in [lines, plain].map({ "a,b\r\n" + $0.joined() + "x,y" }) {
      let whole = try rows(text)
      #expect(whole.count == 42 && whole[41] == ["x", "y"])
      for size in 1...40 { #expect(try rows(text, chunkSize: size) == whole) }
    }
  }

  @Test func lastLineMayLackItsNewline() throws {
    #expect(try rows("a,b\n1,2") == [["a", "b"], ["1", "2"]])
    #expect(try rows("a,b\n1,") == [["a", "b"], ["1", ""]])
    #expect(try rows("a,b\n1,\"2\"") == [["a", "b"], ["1", "2"]])
  }

  @Test func byteOrderMarkAndBlankLinesAreSkipped() throws {
    #expect(try rows("\u{feff}a,b\n\n1,2\n\n") == [["a", "b"], ["1", "2"]])
  }

  @Test func spacesAroundCellsAreTrimmedOnRequest() throws {
    let format = CSVFormat(trimsSpaces: true, columns: ["a", "b"])
    #expect(
      try rows(" 1,  two words \n\"x\" , y\n", format: format)[1...] == [
        ["1", "two words"], ["x", "y"],
      ])
  }

  @Test func anotherSeparator() throws {
    #expect(
      try rows("a;b\n1,5;2\n", format: CSVFormat(separator: 59)) == [["a", "b"], ["1,5", "2"]])
  }

  @Test func linesCountNewlinesInsideQuotes() {
    #expect(failure("a,b\n\"x\ny\",1\n1\n") == "t.csv:4: 1 cells, but there are 2 columns")
  }

  @Test func raggedRowNamesItsLine() {
    #expect(failure("a,b\n1,2\n1,2,3\n") == "t.csv:3: 3 cells, but there are 2 columns")
  }

  @Test func openQuoteIsAnError() {
    #expect(failure("a,b\n1,\"2\n") == "t.csv:2: a quoted cell is not closed")
  }

  @Test func textAfterAQuoteIsAnError() {
    #expect(failure("a,b\n\"1\"x,2\n") == "t.csv:2: text follows the closing quote of cell 1")
  }

  @Test func columnTwiceInTheHeaderIsAnError() {
    #expect(failure("a,a\n1,2\n") == "t.csv:1: the column 'a' occurs twice in the header")
  }

  @Test func emptyFileIsAnError() {
    #expect(failure("") == "t.csv: is empty: it has no header")
  }

  @Test func missingFileIsAnError() {
    let sentence = message {
      _ = try CSVReader(path: "/nowhere/t.csv", format: CSVFormat())
    }
    #expect(sentence == "cannot open '/nowhere/t.csv': No such file or directory")
  }
}
