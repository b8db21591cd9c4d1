import TestKit
import Testing

// Internal: StagedRows.
@testable import DatasetImport

/// Ids and times whose digits do not fit in a double.
@Suite struct WholeNumberTests {
  /// Sixty rows whose ids and times differ in digits that a double does not have.
  private var small: SmallImport {
    var small = SmallImport()
    small.csv =
      "id,time,place,click\n"
      + (0..<60).map { row in
        "\(9_007_199_254_740_993 + row),\(1_650_844_800_000_000_000 + row),A,\(row % 2)\n"
      }.joined()
    small.features = "{categorical: [id]}"
    small.split = """
      {test: {where: {column: time, atLeast: 1650844800000000051}},
       validation: {where: {column: time, atLeast: 1650844800000000041}}}
      """
    return small
  }

  @Test(arguments: [StagedRows.memoryLimit, 0])
  func timesInNanosecondsFallIntoTheirSplit(memoryLimit: Int) throws {
    let folder = try TemporaryFolder()
    var small = small
    small.memoryLimit = memoryLimit
    let dataset = try small.run(in: folder)
    #expect(dataset.training.rows.rowCount == 41)
    #expect(dataset.validation.rows.rowCount == 10)
    #expect(dataset.test.rows.rowCount == 9)
  }

  @Test func remaindersOfIDsTakeAllValues() throws {
    let folder = try TemporaryFolder()
    var small = small
    small.derive = "[{name: digit, remainder: id, modulo: 10}]"
    small.features = "{categorical: [digit]}"
    let dataset = try small.run(in: folder)
    let file = try #require(try VocabularyFile.read(of: dataset))
    #expect(file.fields[0].values.sorted() == (0..<10).map { "\($0)" })
  }

  @Test func pastFoldsAreOrderedByWholeNumbers() throws {
    var small = small
    small.derive = "[{name: third, remainder: id, modulo: 3}]"
    small.more = "statistics: {folds: time, see: past, rates: [{tasks: click, of: [third]}]}"
    func rates() throws -> [Float] {
      let folder = try TemporaryFolder()
      return try small.run(in: folder).training.rows.all.batch.numericals.values
    }
    let forwards = try rates()
    let lines = small.csv.split(separator: "\n")
    small.csv = ([lines[0]] + lines.dropFirst().reversed()).joined(separator: "\n")
    let backwards = try rates()
    #expect(Set(forwards).count > 10)
    #expect(zip(forwards, backwards.reversed()).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func boundsAreExactOrAnError() throws {
    var small = small
    small.csv = small.csv.replacing("1650844800000000007", with: "18446744073709551615")
    #expect(try small.failure() == "no error")
    let folder = try TemporaryFolder()
    small.split =
      "{test: {where: {column: time, atLeast: 18446744073709551615}}, validation: {last: 0.1}}"
    #expect(try small.run(in: folder).test.rows.rowCount == 1)
    small.split = "{test: {where: {column: time, atLeast: 1e39}}, validation: {last: 0.1}}"
    #expect(try small.failure().contains("too many digits to be exact"))
  }

  @Test(arguments: ["0x10", "1_000", "0o7", " 5"])
  func cellsThatAreNoDecimalsAreNoNumbers(cell: String) throws {
    var small = SmallImport()
    small.csv = small.csv.replacing(",2.5,", with: ",\(cell),")
    #expect(try small.failure() == "log.csv:4: column 'price': '\(cell)' is not a number")
  }

  @Test func leadingZerosMeanNothing() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv = small.csv.replacing(",2.5,", with: ",010,")
    small.features = "{numerical: [{name: price, scale: none}]}"
    #expect(try small.run(in: folder).training.rows.all.batch.numericals.values[2] == 10)
  }
}
