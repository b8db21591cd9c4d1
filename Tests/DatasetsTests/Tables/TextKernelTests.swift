import CKernels
import Foundation
import TensorCore
import Testing

@testable import Datasets

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
    var texts = ["0", "-0", "+7", ".5", "-.25", "5.", "12345678", "123456789", "0.1234567", "1e-3"]
    for _ in 0..<30_000 {
      let value = stream.normal() * [1e-4, 1, 100, 1e6][stream.integer(below: 4)]
      texts.append(String(format: "%.\(stream.integer(below: 9))f", value))
      texts.append("\(value)")
    }
    let grid = try grid(texts)
    try onEveryLevel {
      var values = [Double](repeating: 0, count: texts.count)
      #expect(values.withUnsafeMutableBufferPointer { CellColumn(grid, 0).readNumbers(into: $0) })
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
      var values = [Double](repeating: 0, count: 4)
      #expect(!values.withUnsafeMutableBufferPointer { CellColumn(grid, 0).readNumbers(into: $0) })
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

  @Test func momentsOfColumnsAreThoseOfTheirNumbersOneByOne() {
    var stream = RandomStreams(seed: 4)["moments"]
    let columns = (0..<11).map { column in
      (0..<1000).map { $0 % 13 == column ? Double.nan : stream.normal() * Double(column + 1) }
    }
    onEveryLevel {
      var moments = columns.map { _ in Moments() }
      Moments.add(columns.map { Array($0[..<400]) }, to: &moments)
      Moments.add(columns.map { Array($0[400...]) }, to: &moments)
      for (column, found) in zip(columns, moments) {
        var expected = Moments()
        for value in column where !value.isNaN { expected.add(value) }
        #expect(found.mean.bitPattern == expected.mean.bitPattern)
        #expect(found.deviation.bitPattern == expected.deviation.bitPattern)
        #expect((found.weight, found.minimum) == (expected.weight, expected.minimum))
        #expect(found.maximum == expected.maximum)
      }
    }
  }
}
