import CKernelDispatch
import CText
import Foundation
import TensorCore
import TestKit
import Testing

// Internal: hashes, numbers, string, texts.
@testable import Tabular

@Suite struct TextKernelTests {
  /// The grid of a file of one column, without a header.
  private func grid(_ cells: [String], columns: [String] = ["a"]) throws -> CellGrid {
    let folder = try TemporaryFolder()
    let file = try folder.write(cells.joined(separator: "\n") + "\n", to: "t.csv")
    let reader = try CSVReader(
      path: file.path, format: CSVFormat(columns: columns), chunkSize: 1 << 22)
    return try reader.cells(of: try #require(try reader.next()))
  }

  private func onEveryLevel(_ body: () throws -> Void) rethrows {
    defer { ck_set_thread_level(-1) }
    for level in 0...2 {
      ck_set_thread_level(Int32(level))
      try body()
    }
  }

  @Test func numbersOfAColumnAreReadToTheLastBit() throws {
    var stream = RandomStreams(seed: 3)["numbers"]
    var texts = [
      "0", "-0", "+7", ".5", "-.25", "5.", "12345678", "123456789", "0.1234567", "1e-3", "3.6E-05",
      "0.33557800000000004", "0.5726319999999999", "9.999999999999999999", "2.5e-320", "1e23",
      "0.000000000000000000000000000000000000000000000000000000000123456789012345678",
      "123456789012345678901234567890.5", "9007199254740993", "0.500000000000000166",
      "0.99999999999999999", "0.999999999999999999", "1.999999999999999999", "3.9999999999999999",
    ]
    for _ in 0..<30_000 {
      let value = stream.normal() * [1e-4, 1, 100, 1e6][stream.integer(below: 4)]
      texts.append(String(format: "%.\(stream.integer(below: 19))f", value))
      texts.append("\(value)")
    }
    let grid = try grid(texts)
    try onEveryLevel {
      let values = try #require(CellColumn(grid, 0).finiteNumbers).values
      let rows = try #require(grid.numberRows(columns: [0], replacements: [nil]))
      #expect(rows.values.map(\.bitPattern) == values.map { Float($0).bitPattern })
      for (text, value) in zip(texts, values) {
        let expected = try #require(Double(text.hasPrefix("+") ? String(text.dropFirst()) : text))
        #expect(value.bitPattern == expected.bitPattern, "\(text)")
      }
    }
  }

  @Test(arguments: ["-", "+", ".", "1.2.3", "1-2", "12a", "0x", "1,5", "nan", "inf", "1 ", "--1"])
  func aColumnWithAnotherTextHasNoNumbers(text: String) throws {
    let grid = try grid(["1", "2.5", "\"\(text)\"", "4"])
    onEveryLevel {
      #expect(CellColumn(grid, 0).finiteNumbers == nil)
      #expect(grid.numberRows(columns: [0], replacements: [nil]) == nil)
    }
  }

  @Test func numbersBeyondFloatsAreNotReadAsInfinite() throws {
    for number in ["1e39", "-3.5e38", "340282356779733661637539395458142568448"] {
      let grid = try grid((0..<100).map { $0 == 70 ? number : "\($0)" })
      onEveryLevel {
        #expect(grid.numberRows(columns: [0], replacements: [nil]) == nil)
        #expect(CellColumn(grid, 0).finiteNumbers?.values[70] == Double(number))
      }
    }
    let largest = try grid(["3.4028234e38", "-3.4028234e38"])
    onEveryLevel {
      #expect(largest.numberRows(columns: [0], replacements: [nil])?.values[0] == 3.4028234e38)
    }
  }

  @Test func bytesBeyondASCIIAreSeenWhereverTheyStand() {
    for size in [1, 7, 63, 64, 65, 200] {
      var text = [UInt8](repeating: 0x7f, count: size)
      onEveryLevel { #expect(ck_text_count(text, size, 0x2c).is_ascii == 1) }
      for place in Set([0, size / 2, size - 1]) {
        text[place] = 0x80
        onEveryLevel {
          #expect(ck_text_count(text, size, 0x2c).is_ascii == 0, "\(place) of \(size)")
        }
        text[place] = 0
      }
    }
  }

  @Test func rowsOfNumbersAreThoseOfTheirColumns() throws {
    var stream = RandomStreams(seed: 5)["rows"]
    let rows = (0..<501).map { row in
      (0..<7).map { column in
        column == 3 && row % 50 == 0 ? "" : "\(stream.normal() * Double(column * column))"
      }
    }
    let grid = try grid(
      rows.map { $0.joined(separator: ",") }, columns: (0..<7).map { "c\($0)" })
    try onEveryLevel {
      let numbers = try #require(
        grid.numberRows(columns: [5, 3, 0], replacements: [nil, 0.25, nil]))
      let expected = rows.flatMap { row in
        [row[5], row[3].isEmpty ? "0.25" : row[3], row[0]].map { Float(Double($0) ?? .nan) }
      }
      #expect(numbers == NumberRows(values: expected, width: 3))
      let selected = expected[0..<3] + expected[21..<24] + expected[1500..<1503]
      #expect(numbers.selecting([0, 7, 500]).values == Array(selected))
      #expect(grid.numberRows(columns: [3], replacements: [nil]) == nil)
    }
  }

  @Test func cellsAreFoundAlikeOnEveryLevel() throws {
    let rows = (0..<300).map { "\($0),é\($0 % 7),\(String(repeating: "x", count: $0 % 70))" }
    try onEveryLevel {
      let grid = try grid(rows, columns: ["a", "b", "c"])
      let found = (0..<grid.rowCount).map { row in
        (0..<3).map { CellColumn(grid, $0).string(row) }.joined(separator: ",")
      }
      #expect(found == rows)
    }
  }

  @Test func cellsAreNumberedInTheOrderInWhichTheyCome() throws {
    let texts = (0..<5000).map { "key \($0 * $0 % 911)" + ($0 % 2 == 0 ? "" : " of more bytes") }
    let numbered = NumberedCells(CellColumn(try grid(texts), 0))
    var order: [String: Int32] = [:]
    for text in texts where order[text] == nil { order[text] = Int32(order.count) }
    #expect(numbered.numbers == texts.map { order[$0] ?? -1 })
    #expect(
      (0..<numbered.texts.count).map { order[numbered.texts.string($0)] ?? -1 }
        == (0..<Int32(order.count)).map { $0 })
    #expect(
      zip(numbered.hashes, 0..<numbered.texts.count).allSatisfy { hash, number in
        numbered.texts.withCell(number) { KeyTable.hash($0) } == hash
      })
  }
}
