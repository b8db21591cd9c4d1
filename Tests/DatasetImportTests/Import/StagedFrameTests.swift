import Tabular
import TestKit
import Testing

// Internal: StagedFrame.
@testable import DatasetImport

@Suite struct StagedFrameTests {
  /// Two rows of a column `text` with keys and a column `number` with numbers.
  private func frame(_ texts: [String], _ numbers: [Double]) -> StagedFrame {
    var table = KeyTable()
    let keys = texts.map { text in
      Int32(Array(text.utf8).withUnsafeBufferPointer { table.insert($0) })
    }
    return StagedFrame(
      file: "t.csv", lines: [2, 5], indices: [0, 1],
      keys: ["text": KeyColumn(numbers: keys, table: table)],
      numbers: ["number": NumberColumn(numbers)], unfitted: nil)
  }

  @Test func textsThatSpellNumbersAreReadAsNumbers() throws {
    let numbers = try frame(["7", ""], [1, 2]).numbers("text")
    #expect(numbers.values[0] == 7 && numbers.values[1].isNaN)
  }

  @Test func textThatSpellsNoNumberIsReportedAtItsLine() throws {
    let frame = frame(["7", "seven"], [1, 2])
    for frame in [frame, frame.selecting([1])] {
      #expect(
        message { _ = try frame.numbers("text") }
          == "t.csv:5: column 'text': 'seven' is not a number")
    }
  }

  @Test func columnOfNumbersIsNotSaidToBeAbsentWhereItsTextsAreAskedFor() {
    #expect(
      message { _ = try frame(["a", "b"], [1, 2]).keys("number") }
        == "t.csv: the texts of column 'number' were not kept")
  }
}
