import DatasetImport
import Datasets
import Foundation
import Ranking
import TensorCore
import TestKit
import Testing

@Suite struct LintTests {
  private static let problem = Problem(
    fields: [.init(name: "user", vocabularySize: 500), .init(name: "kind", vocabularySize: 3)],
    bags: [.init(name: "tags", vocabularySize: 9)], numericals: ["age", "price"],
    scenarios: ScenarioTree(name: "country", values: ["NL", "ES"]),
    tasks: [RankingTask(name: "click"), RankingTask(name: "buy")])

  /// One row of the data set under test.
  private struct Row {
    var user: Int32
    var kind: Int32
    var tag: Int32
    var age: Float
    var price: Float
    var leaf: Int32
    var click: UInt8
    var buy: UInt8
    var group: Int32
  }

  /// Returns the findings for random rows after a change.
  private func findings(_ change: (SplitName, inout Row) -> Void) throws -> [LintFinding] {
    let folder = try TemporaryFolder()
    let writer = try DatasetWriter(problem: Self.problem, at: folder["cache"], provenance: [:])
    for split in SplitName.allCases {
      var stream = RandomStreams(seed: 2)[split.rawValue]
      for index in 0..<400 {
        var row = Row(
          user: 1 + Int32(stream.integer(below: 499)), kind: 1 + Int32(stream.integer(below: 2)),
          tag: 1 + Int32(stream.integer(below: 8)), age: Float(stream.normal()),
          price: Float(stream.normal()), leaf: Int32(stream.integer(below: 2)),
          click: stream.uniform() < 0.5 ? 1 : 0, buy: stream.uniform() < 0.5 ? 1 : 0,
          group: Int32(index / 10))
        change(split, &row)
        try writer.append(
          RowBlock(
            ids: [row.user, row.kind], bags: [.init(offsets: [0, 1], ids: [row.tag])],
            numericals: [row.age, row.price], leaves: [row.leaf], labels: [row.click, row.buy],
            groups: [row.group]), to: split)
      }
    }
    return try DatasetLint(try writer.finish()).run().findings
  }

  private func messages(
    _ kind: LintFinding.Kind, _ change: (SplitName, inout Row) -> Void
  ) throws -> [String] {
    try findings(change).filter { $0.kind == kind }.map { "\($0.severity.rawValue): \($0.message)" }
  }

  @Test func soundDataHaveNotesOnGroupsAlone() throws {
    #expect(try findings { _, _ in }.allSatisfy { $0.kind == .groups && $0.severity == .note })
  }

  @Test func numericalCopyOfALabelIsAProblem() throws {
    let found = try messages(.labelCopy) { _, row in row.price = 3 - Float(row.buy) }
    #expect(
      found == [
        "problem: feature 'price' alone separates the classes of task 'buy' with AUC 1.0: "
          + "it may be a copy of the label, or derived from it"
      ])
  }

  @Test func categoricalCopyOfALabelIsAProblem() throws {
    let found = try findings { _, row in row.kind = 1 + Int32(row.click) }
    #expect(found.first?.kind == .labelCopy)
    #expect(found.first?.feature == "kind" && found.first?.task == "click")
  }

  @Test func multivaluedCopyOfALabelIsAProblem() throws {
    let found = try findings { _, row in row.tag = 4 + Int32(row.click) }
    #expect(found.first?.kind == .labelCopy && found.first?.feature == "tags")
  }

  @Test func strongFeatureIsNoCopy() throws {
    #expect(try messages(.labelCopy) { _, row in row.age += 2 * Float(row.click) }.isEmpty)
  }

  @Test func constantsAreReportedOverallAndPerScenario() throws {
    #expect(
      try messages(.constant) { _, row in row.age = 4 }
        == ["warning: feature 'age' has one value in the train split"])
    #expect(
      try messages(.constant) { _, row in if row.leaf == 1 { row.kind = 2 } }
        == ["note: feature 'kind' has one value in scenario 'ES'"])
    #expect(
      try messages(.constant) { _, row in row.kind = row.leaf }
        == [
          "note: feature 'kind' has one value in each scenario: it says no more than the scenario"
        ])
  }

  @Test func cellsOfOneClassAreReported() throws {
    let found = try messages(.oneClass) { split, row in
      if split == .test, row.leaf == 0 { row.buy = 0 }
    }
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("warning: task 'buy' in scenario 'NL' has 0 positives in "))
    #expect(found[0].hasSuffix(" labels of the test split: its AUC is not defined"))
    #expect(
      try messages(.oneClass) { split, row in if split == .validation { row.click = 1 } }
        == ["problem: task 'click' has 400 positives in 400 labels of the validation split"])
  }

  @Test func rowsInTwoSplitsAreReported() throws {
    let found = try messages(.duplicates) { split, row in
      if split != .validation, row.group == 3 {
        row = Row(
          user: 7, kind: 1, tag: 2, age: 1, price: 1, leaf: 0, click: row.click, buy: row.buy,
          group: 3)
      }
    }
    #expect(
      found == [
        "warning: 10 rows (2.5 %) of the test split have the features of a train row",
        "note: 9 rows (2.3 %) of the train split repeat the features of another row of it",
        "note: 9 rows (2.3 %) of the test split repeat the features of another row of it",
      ])
  }

  @Test func unknownValuesAreReported() throws {
    let found = try messages(.overflow) { split, row in
      if split == .test, row.group < 10 { row.user = 0 }
      if split == .validation, row.group < 1 { row.tag = 0 }
    }
    #expect(
      found == [
        "warning: 25.0 % of the values of feature 'user' in the test split are not in the vocabulary",
        "note: 2.5 % of the values of feature 'tags' in the validation split are not in the "
          + "vocabulary",
      ])
  }

  @Test func groupsOfOneClassAreCounted() throws {
    let found = try messages(.groups) { split, row in
      if split == .test, row.group < 20 { row.click = 0 }
    }
    #expect(
      found.contains(
        "note: 20 of 40 groups of the test split, with 50.0 % of the labels, have both classes of "
          + "task 'click'"))
  }

  @Test func reportIsStoredAndRead() throws {
    let folder = try TemporaryFolder()
    let dataset = try SmallImport().run(in: folder)
    let report = try DatasetLint(dataset).run()
    #expect(try LintReport.stored(with: dataset) == report)
    try Data("{".utf8).write(to: folder["cache/lint.json"])
    #expect(
      message { _ = try LintReport.stored(with: dataset) }
        == "\(folder["cache/lint.json"].path): is corrupt: it cannot be read as a lint report")
  }

  @Test func descriptionShowsCountsPerScenarioAndTask() throws {
    let folder = try TemporaryFolder()
    let text = DatasetDescription(try SmallImport().run(in: folder)).description
    #expect(text.contains("categorical (1): user [11]\nnumerical (1): price\n"))
    #expect(text.contains("train  rows  click   share\nA        16      4  0.2500\n"))
    #expect(text.contains("\nall      25      7  0.2800\n"))
  }
}
