import Configuration
import DatasetImport
import Foundation
import Tabular
import TestKit
import Testing

/// Which names a data set may have, and which bytes are one text.
@Suite struct NameTests {
  /// Sixty rows whose scenarios take turns.
  private func small(_ places: [String]) -> SmallImport {
    var small = SmallImport()
    small.csv =
      "user,place,day,click\n"
      + (0..<60).map { row in
        "u\(row % 10),\(places[row % places.count]),\(row / 7),\(row / places.count % 2)\n"
      }.joined()
    small.features = "{categorical: [user]}"
    return small
  }

  private let composed = "caf\u{e9}"
  private let decomposed = "cafe\u{301}"

  @Test func composedAndDecomposedAccentsAreOneText() throws {
    let folder = try TemporaryFolder()
    var small = small([composed, decomposed, "x"])
    small.features = "{categorical: [user, place]}"
    let dataset = try small.run(in: folder)
    #expect(dataset.problem.scenarios.levels[0].values == ["caf\u{e9}", "x"])
    #expect(dataset.problem.scenarios.levels[0].values[0].utf8.count == 5)
    #expect(dataset.problem.fields.map(\.vocabularySize) == [11, 3])
    let file = try #require(try VocabularyFile.read(of: dataset))
    #expect(file.fields[1].values.map { $0.utf8.count }.sorted() == [1, 5])
  }

  @Test func schemaHeaderJoinsAndConditionsAgreeOnAccents() throws {
    let folder = try TemporaryFolder()
    var small = small([decomposed, "x"])
    small.csv = small.csv.replacing("place", with: "pl\u{e9}")
    small.scenarios = "[{column: ple\u{301}, keep: [\(composed), x]}]"
    small.sources = "[{file: log.csv, joins: [{file: more.csv, key: ple\u{301}}]}]"
    small.files = ["more.csv": "pl\u{e9},kind\n\(composed),a\nx,b\n"]
    small.derive = "[{name: is_cafe, is: {column: pl\u{e9}, equals: \(composed)}}]"
    small.features = "{categorical: [kind, is_cafe, {name: one, column: kind}]}"
    let dataset = try small.run(in: folder)
    #expect(dataset.problem.fields.map(\.vocabularySize) == [3, 3, 3])
    let train = try dataset.training.rows.all.batch
    #expect((0..<10).allSatisfy { train.ids[$0 * 3] == train.ids[$0 * 3 + 2] })
  }

  @Test func whatLooksComposedIsComposed() {
    // Each character, alone and behind others, must be as it is in normalization form C.
    var later: Set<Unicode.Scalar> = []
    let scalars = (0x80...0x2ffff).compactMap { Unicode.Scalar(UInt32($0)) }
    for scalar in scalars {
      let text = String(scalar)
      guard text.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual([scalar]) else {
        continue
      }
      later.formUnion(text.decomposedStringWithCanonicalMapping.unicodeScalars.dropFirst())
    }
    for scalar in scalars {
      let text = String(scalar)
      guard Array(text.utf8).withUnsafeBufferPointer({ CanonicalText.isSurelyComposed($0) }) else {
        continue
      }
      let isItself =
        text.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual([scalar])
      if !isItself || later.contains(scalar)
        || scalar.properties.canonicalCombiningClass != .notReordered
      {
        Issue.record("U+\(String(scalar.value, radix: 16)) is not safe")
      }
    }
    for text in ["Zürich", "Москва", "東京タワー", "서울", "👍🏽", "“quoted” – €"] {
      #expect(
        Array(text.utf8).withUnsafeBufferPointer { CanonicalText.isSurelyComposed($0) }, "\(text)")
    }
  }

  @Test(arguments: [
    ("a", "a "), ("a", "a\u{a0}"), ("a", "a\u{200b}"), ("a b", "a  b"), ("a", "\u{feff}a"),
    ("a", "a\u{1}"),
  ])
  func scenariosThatLookTheSameAreRefused(first: String, second: String) throws {
    let sentence = try small(["x", first, second]).failure()
    #expect(sentence.hasPrefix("column 'place': the scenarios '"))
    #expect(sentence.contains("look the same when they are printed; clean the column"))
  }

  @Test func spacesCanBeTrimmed() throws {
    let folder = try TemporaryFolder()
    var small = small(["a", "a "])
    small.sources = "[{file: log.csv, trim: true}]"
    #expect(try small.run(in: folder).problem.scenarios.leafNames == ["a"])
  }

  @Test func aFoldedOtherBesideARealOneIsRefused() throws {
    var small = small(["a", "a", "other", "b"])
    small.csv += "u1,rare,1,1\n"
    small.scenarios = "[{column: place, minimumRows: 3, others: fold}]"
    #expect(
      try small.failure()
        == "column 'place': two scenarios are called 'other'; one of them is that of the folded rows"
    )
  }

  @Test func slashesInTwoLevelsStayApart() throws {
    let folder = try TemporaryFolder()
    var small = small(["a/b", "a"])
    small.csv = small.csv.replacing("user,", with: "page,user,")
    small.csv =
      small.csv.split(separator: "\n").enumerated().map { row, line in
        row == 0 ? String(line) : (line.contains(",a/b,") ? "c," : "b/c,") + line
      }.joined(separator: "\n")
    small.scenarios = "[place, page]"
    let dataset = try small.run(in: folder)
    #expect(dataset.problem.scenarios.leafNames == [#"a/"b/c""#, #""a/b"/c"#])
  }

  @Test func manyLevelsOfManyScenariosDoNotOverflow() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    let columns = (0..<12).map { "c\($0)" }
    small.csv =
      columns.joined(separator: ",") + ",day,click\n"
      + (0..<900).map { row in
        columns.map { "\($0)_\(row % 300)" }.joined(separator: ",")
          + ",\(row / 300 * 3),\(row % 2)\n"
      }.joined()
    small.scenarios = "[\(columns.joined(separator: ", "))]"
    small.split =
      "{test: {where: {column: day, atLeast: 6}}, validation: {where: {column: day, atLeast: 3}}}"
    small.features = "{categorical: [c0]}"
    #expect(try small.run(in: folder).problem.scenarios.leafCount == 300)
  }

  @Test func tasksAndFeaturesThatLookTheSameAreRefused() {
    func failure(_ change: (inout SmallImport) -> Void) -> String {
      var small = SmallImport()
      change(&small)
      return message { _ = try DatasetSchema(yaml: small.yaml, file: "s.yaml") }
    }
    #expect(
      failure { $0.tasks = "[click, {name: 'click ', label: price}]" }
        == "s.yaml:6: tasks: the tasks 'click' and 'click ' look the same when they are printed")
    #expect(
      failure { $0.features = "{categorical: [user, {name: 'user  ', column: place}]}" }
        == "s.yaml:8: features: the features 'user' and 'user  ' look the same when they are printed"
    )
  }
}
