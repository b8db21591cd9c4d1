import Datasets
import Foundation
import TestKit
import Testing

@Suite struct ImportFailureTests {
  private func failure(_ change: (inout SmallImport) -> Void) throws -> String {
    var small = SmallImport()
    change(&small)
    return try small.failure()
  }

  @Test func missingFileNamesTheNearest() throws {
    #expect(
      try failure { $0.sources = "[{file: logs.csv}]" }
        == "cannot find logs.csv in ROOT; did you mean 'log.csv'?")
  }

  @Test func fileInTwoFolders() throws {
    #expect(
      try failure {
        $0.sources = "[{file: part.csv}]"
        $0.files = ["a/part.csv": "x", "b/part.csv": "x"]
      } == "part.csv lies in ROOT more than once: a/part.csv, b/part.csv")
  }

  @Test func missingColumnNamesTheNearest() throws {
    #expect(
      try failure { $0.features = "{numerical: [prise]}" }
        == "small.yaml:8: log.csv has no column 'prise'; did you mean 'price'?")
    #expect(
      try failure { $0.sources = "[{file: log.csv, rename: {prize: cost}}]" }
        == "small.yaml:2: log.csv has no column 'prize'; did you mean 'price'?")
    #expect(
      try failure { $0.more = "group: visitor" }
        == "small.yaml:9: log.csv has no column 'visitor', but 5: 'user', 'place', 'price', "
        + "'day', 'click'")
  }

  @Test func aWrongSeparatorIsGuessedAt() throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",", with: ";") }
        == "small.yaml:6: log.csv has no column 'click'; its only column is "
        + "'user;place;price;day;click': should the source say 'separator: \";\"'?")
  }

  @Test func longHeaderCellsAreNeitherComparedNorEchoed() throws {
    let sentence = try failure {
      $0.csv = $0.csv.replacing("price", with: String(repeating: "x", count: 3_000_000))
      $0.features = "{numerical: [amount]}"
    }
    #expect(
      sentence.contains(
        "has no column 'amount', but 5: 'user', 'place', '\(String(repeating: "x", count: 80))… (3000000 bytes)'"
      ))
    #expect(sentence.utf8.count < 500)
    let cell = String(repeating: "z", count: 3_000_000)
    let text = try failure { $0.csv = $0.csv.replacing(",2.5,", with: ",\(cell),") }
    #expect(
      text
        == "log.csv:4: column 'price': '\(cell.prefix(80))… (3000000 bytes)' is not a number")
  }

  @Test func filesOutsideOfTheRootNeedAWholePath() throws {
    let folder = try TemporaryFolder()
    try folder.write(SmallImport.csv, to: "outside.csv")
    for file in ["../outside.csv", "a/../../outside.csv", ".."] {
      let sentence = try failure { $0.sources = "[{file: \(file)}]" }
      #expect(
        sentence.hasPrefix("the file '\(file)' would lie outside of ROOT; give its whole path"))
    }
    var small = SmallImport()
    small.sources = "[{file: \(folder["outside.csv"].path)}]"
    #expect(try small.run(in: folder).training.rows.rowCount == 25)
    #expect(
      try failure { $0.sources = "[{file: /nowhere/x.csv}]" } == "there is no file /nowhere/x.csv")
  }

  @Test func linkedFoldersAreSearchedOnceEach() throws {
    let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
    try folder.write("", to: "data/a/x.csv")
    try other.write(SmallImport.csv, to: "deep/part.csv")
    let files = FileManager.default
    try files.createSymbolicLink(at: folder["data/link"], withDestinationURL: other.url)
    try files.createSymbolicLink(at: folder["data/again"], withDestinationURL: other["deep"])
    try files.createSymbolicLink(at: other["deep/loop"], withDestinationURL: other.url)
    var small = SmallImport()
    small.sources = "[{file: part.csv}]"
    #expect(try small.run(in: folder).training.rows.rowCount == 25)
  }

  @Test func textInAPlaceOfANumber() throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,", with: ",two,") }
        == "log.csv:4: column 'price': 'two' is not a number")
  }

  @Test func numbersMustBeFinite() throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,", with: ",nan,") }
        == "log.csv:4: column 'price': 'nan' is not a finite number")
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,", with: ",-inf,") }
        == "log.csv:4: column 'price': '-inf' is not a finite number")
  }

  @Test func missingNumberNeedsAPolicy() throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,", with: ",,") }
        == "log.csv:4: column 'price': the number is missing; say 'missing: mean' or give a "
        + "number for it")
  }

  @Test func negativeNumberUnderALogarithm() throws {
    #expect(
      try failure {
        $0.csv = $0.csv.replacing(",2.5,", with: ",-2.5,")
        $0.features = "{numerical: [{name: price, scale: log-standard}]}"
      }
        == "log.csv:4: column 'price': -2.5 is negative, but log-standard needs numbers from 0"
    )
  }

  @Test func labelsMustBeZeroOrOne() throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,1,0", with: ",2.5,1,2") }
        == "log.csv:4: column 'click': the label of task 'click' is 2, but must be 0 or 1")
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,1,0", with: ",2.5,1,") }
        == "log.csv:4: column 'click': the label of task 'click' is missing, but must be 0 or 1"
    )
  }

  @Test(arguments: [
    ("NO", "YES"), ("no", "yes"), ("False", "True"), ("n", "y"), ("clicked", "clicked"),
  ])
  func labelsThatAreTextSuggestADerivation(text: String, positive: String) throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,1,0", with: ",2.5,1,\(text)") }
        == "log.csv:4: column 'click': the label of task 'click' is '\(text)', but must be 0 or 1; "
        + "derive one, such as {name: is_click, is: {column: click, equals: '\(positive)'}}")
  }

  @Test func raggedRow() throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",2.5,", with: ",2.5,9,") }
        == "log.csv:4: 6 cells, but there are 5 columns")
  }

  @Test func zeroRows() throws {
    #expect(
      try failure { $0.csv = "user,place,price,day,click\n" }
        == "log.csv: has no rows")
    #expect(
      try failure {
        $0.csv = "user,place,price,day,click\n"
        $0.scenarios = "[{column: place, keep: [A]}]"
      } == "log.csv: has no rows")
    #expect(
      try failure {
        $0.csv = "user,place,price,day,click\n"
        $0.sources = "[{file: log.csv}, {file: other.csv}]"
        $0.files = ["other.csv": $0.csv]
      } == "none of the 2 files has rows: log.csv, other.csv")
    #expect(
      try failure { $0.filter = "{column: day, atLeast: 9}" }
        == "small.yaml:4: filter: no row satisfies the condition")
    #expect(
      try failure {
        $0.sources = "[{file: log.csv, joins: [{file: users.csv, key: user, miss: drop}]}]"
        $0.files = ["users.csv": "user,age\nu77,3\n"]
      } == "no row is left by the joins with 'miss: drop'")
    #expect(try failure { $0.csv = "" } == "log.csv: is empty: it has no header")
  }

  @Test func emptySplit() throws {
    #expect(
      try failure {
        $0.split =
          "{test: {where: {column: day, atLeast: 99}}, validation: {where: {column: day, atLeast: 6}}}"
      } == "the test split has no rows")
  }

  @Test func oneClassInTrain() throws {
    #expect(
      try failure { $0.csv = $0.csv.replacing(",1\n", with: ",0\n") }
        == "task 'click' has one class in the train split: 0 positives in 25 labels")
  }

  @Test func scenarioThatIsNotKept() throws {
    #expect(
      try failure { $0.scenarios = "[{column: place, keep: [A]}]" }
        == "log.csv:2: column 'place': the scenario 'B' is not kept; say 'others: drop' or "
        + "'others: fold'")
  }

  @Test func keptScenarioWithoutTrainRows() throws {
    #expect(
      try failure { $0.scenarios = "[{column: place, keep: [A, B, Z]}]" }
        == "small.yaml:5: scenarios[1]: the scenario 'Z' has no rows in the train split; no row has "
        + "it")
    #expect(
      try failure { $0.scenarios = "[{column: place, keep: [A, b], others: drop}]" }
        == "small.yaml:5: scenarios[1]: the scenario 'b' has no rows in the train split; no row has "
        + "it; did you mean 'B'?")
  }

  @Test func noScenarioIsLeft() throws {
    #expect(
      try failure { $0.scenarios = "[{column: place, minimumRows: 18, others: drop}]" }
        == "small.yaml:5: scenarios[1]: no scenario has the minimumRows, 18, of train rows: the "
        + "largest, 'A', has 16")
    #expect(
      try failure {
        $0.scenarios = "[day, {column: place, keep: [Aa, Bb], others: drop}]"
      }
        == "small.yaml:5: scenarios[2]: unknown scenario 'Aa'; did you mean 'A'? (known: A, B); no "
        + "train row is of a kept scenario")
    #expect(
      try failure { $0.csv = $0.csv.replacing(",A,", with: ",,").replacing(",B,", with: ",,") }
        == "small.yaml:5: scenarios[1]: the column 'place' is missing in every train row")
    #expect(
      try failure {
        $0.split =
          "{test: {where: {column: day, atLeast: 3}}, "
          + "validation: {where: {column: day, atLeast: 1}}}"
      } == "the train split has no rows: all rows are of test or validation")
  }

  @Test func statisticsNeedFolds() throws {
    #expect(
      try failure {
        $0.derive = "[{name: one, remainder: day, modulo: 1}]"
        $0.more = "statistics: {folds: one, counts: [user]}"
      } == "statistics need two or more folds in the train split, found 1")
  }

  @Test func failedImportLeavesTheOldCacheAlone() throws {
    let folder = try TemporaryFolder()
    let first = try SmallImport().run(in: folder)
    var broken = SmallImport()
    broken.csv += "u1,A,oops,7,1\n"
    #expect(message { _ = try broken.run(in: folder) }.hasSuffix("'oops' is not a number"))
    #expect(try Dataset.open(at: folder["cache"]).fingerprint == first.fingerprint)
    #expect(folder.contents == ["cache", "data"])
  }
}
