import Datasets
import Foundation
import TestKit
import Testing

// Internal: restricted(to:).
@testable import DatasetImport

/// A misspelled never-feature would protect nothing, so it must be a column.
@Suite struct NeverFeatureTests {
  private static let unknown =
    "small.yaml:9: neverFeatures[1]: unknown column 'usr'; did you mean 'user'? (known: "

  private func failure(_ never: String, _ change: (inout SmallImport) -> Void = { _ in }) throws
    -> String
  {
    var small = SmallImport()
    small.more = "neverFeatures: \(never)"
    change(&small)
    return try small.failure()
  }

  @Test func aNameThatNoColumnHasIsRefused() throws {
    #expect(try failure("[usr]") == Self.unknown + "click, day, place, price, user)")
    #expect(
      try failure("usr").hasPrefix("small.yaml:9: neverFeatures: unknown column 'usr'; did you"))
    #expect(
      try failure("[day, 'price_{1..2}']").hasPrefix(
        "small.yaml:9: neverFeatures[2]: unknown column 'price_1'; did you mean 'price'?"))
  }

  @Test func theNameInTheFileIsNotThatInTheSchema() throws {
    #expect(
      try failure("[day]") {
        $0.sources = "[{file: log.csv, rename: {day: date}}]"
        $0.split = $0.split.replacing("day", with: "date")
      }.hasPrefix(
        "small.yaml:9: neverFeatures[1]: unknown column 'day'; did you mean 'date'? (known: click, "
      ))
  }

  @Test func columnsOfAnyOriginCount() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.files = [
      "users.csv": "user,age,city\n" + (0..<10).map { "u\($0),\($0),c\n" }.joined(),
      "other.csv": SmallImport.csv.replacing("click\n", with: "click,watched\n").replacing(
        ",0\n", with: ",0,7\n"
      ).replacing(",1\n", with: ",1,7\n"),
    ]
    small.sources = """
      [{file: log.csv, constants: {market: north}, joins: [{file: users.csv, key: user}]},
      {file: other.csv}]
      """
    small.derive = "[{name: hour, bucket: price, width: 2}]"
    small.more = "neverFeatures: [day, market, age, city, watched, hour]"
    #expect(try small.run(in: folder).training.rows.rowCount == 50)
    small.more = "neverFeatures: [wached]"
    #expect(
      try small.failure()
        == "small.yaml:10: neverFeatures[1]: unknown column 'wached'; did you mean 'watched'? "
        + "(known: age, city, click, day, hour, market, place, price, user, watched)")
  }

  @Test func theHeadersOfLaterFilesAreReadBeforeTheRowsOfTheFirst() throws {
    #expect(
      try failure("[usr]") {
        $0.sources = "[{file: log.csv}, {file: other.csv}]"
        $0.files = ["other.csv": $0.csv]
        $0.csv += "ragged\n"
      }.hasPrefix(Self.unknown))
  }

  #if os(Linux)
    @Test func aPipeIsReadOnce() throws {
      for (never, sentence) in [("user_name", "no error"), ("usr", "unknown column 'usr'")] {
        let folder = try TemporaryFolder()
        let pipe = folder["pipe.csv"].path
        #expect(mkfifo(pipe, 0o600) == 0)
        Thread {
          let text = SmallImport.csv.replacing("user,", with: "user_name,")
          try? FileHandle(forWritingAtPath: pipe)?.write(contentsOf: Data(text.utf8))
        }.start()
        var small = SmallImport()
        small.sources = "[{file: log.csv, constants: {user_name: x}}, {file: \(pipe)}]"
        small.features = "{numerical: [price]}"
        small.more = "neverFeatures: [\(never)]"
        #expect(message { _ = try small.run(in: folder) }.contains(sentence))
      }
    }
  #endif

  @Test func aRestrictionMayLeaveOutTheFileWithTheColumn() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.scenarios = "[market]"
    small.sources = """
      [{file: log.csv, constants: {market: north}}, {file: other.csv, constants: {market: south}}]
      """
    let north = [EachValue(name: "market", value: "north")]
    func run(_ never: String) throws -> Int {
      small.more = "neverFeatures: [\(never)]"
      let schema = try DatasetSchema(yaml: small.yaml, file: "small.yaml").restricted(to: north)
      return try DatasetImporter(schema: schema, root: folder["data"]).run(into: folder["cache"])
        .training.rows.rowCount
    }
    try folder.write(SmallImport.csv, to: "data/log.csv")
    // What the other file has is not known without it.
    #expect(try run("watched") == 25)
    try folder.write("user,place,price,day,click,watched\n", to: "data/other.csv")
    #expect(try run("watched") == 25)
    #expect(
      message { _ = try run("wached") }.contains(
        "neverFeatures[1]: unknown column 'wached'; did you mean 'watched'?"))
    // A missing file is taken to have the columns of another of its entry; one that is there has its own.
    small.sources = "[{each: {market: [north, south]}, file: '{market}.csv'}]"
    try folder.write(SmallImport.csv, to: "data/north.csv")
    #expect(
      message { _ = try run("usr") }.contains(
        "neverFeatures[1]: unknown column 'usr'; did you mean 'user'?"))
    try folder.write("user,place,price,day,click,usr\n", to: "data/south.csv")
    #expect(try run("usr") == 25)
  }
}
