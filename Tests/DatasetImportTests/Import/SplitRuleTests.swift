import DatasetImport
import Datasets
import Foundation
import TestKit
import Testing

@Suite struct SplitRuleTests {
  /// 300 rows of 60 users in three places, whose price is their number.
  private static let csv =
    "user,place,price,day,click\n"
    + (0..<300).map { row in
      "u\(row % 60),\(["A", "B", "C"][row % 60 % 3]),\(row),\(row % 7),\(row % 10 == 0 ? 1 : 0)\n"
    }.joined()

  private func dataset(_ split: String, _ more: String = "") throws -> Dataset {
    let folder = try TemporaryFolder()
    return try small(split, more).run(in: folder)
  }

  private func small(_ split: String, _ more: String = "") -> SmallImport {
    var small = SmallImport()
    small.csv = Self.csv
    small.split = split
    small.more = more
    small.features = "{numerical: [{name: price, scale: none}]}"
    return small
  }

  /// The rows of every split, as numbers in the file.
  private func rows(_ split: String) throws -> [[Int]] {
    let folder = try TemporaryFolder()
    let dataset = try small(split).run(in: folder)
    return try [dataset.training.rows, dataset.validation.rows, dataset.test.rows].map {
      try $0.all.batch.numericals.values.map { Int($0) }
    }
  }

  private func failure(_ split: String) throws -> String { try small(split).failure() }

  private func places(_ rows: [Int]) -> [Int] {
    (0..<3).map { place in rows.count { $0 % 60 % 3 == place } }
  }

  @Test func foldsOfRowsDivideAllRowsEvenly() throws {
    var seen: [Int] = []
    for fold in 1...5 {
      let parts = try rows(
        "{test: {fold: \(fold), of: 5}, validation: {fold: \(fold % 5 + 1), of: 5}}")
      #expect(parts.map(\.count) == [180, 60, 60])
      seen += parts[2]
    }
    #expect(seen.sorted() == Array(0..<300))
  }

  @Test func foldsOfAColumnKeepItsRowsTogether() throws {
    var seen: Set<Int> = []
    for fold in 1...4 {
      let parts = try rows(
        "{test: {fold: \(fold), of: 4, by: user}, validation: {draw: user, share: 0.2}}")
      let users = parts.map { Set($0.map { $0 % 60 }) }
      #expect(users.map(\.count) == [36, 9, 15])
      #expect(users[0].isDisjoint(with: users[1]) && users[0].isDisjoint(with: users[2]))
      #expect(users[1].isDisjoint(with: users[2]))
      seen.formUnion(users[2])
    }
    #expect(seen.count == 60)
  }

  @Test func strataHaveTheirShareOfEveryPart() throws {
    for split in [
      "{test: {fold: 2, of: 10, stratify: [click, place]}, validation: {fold: 1, of: 10, stratify: [click, place]}}",
      "{test: {draw: row, share: 0.1, stratify: [click, place]}, validation: {draw: row, share: 0.1, stratify: [click, place]}}",
    ] {
      let parts = try rows(split)
      let clicks = parts.map { $0.count { $0 % 10 == 0 } }
      #expect(clicks[2] == 3 && (2...3).contains(clicks[1]))
      #expect(places(parts[2]) == [10, 10, 10])
      #expect(parts[2].count == 30 && (27...30).contains(parts[1].count))
    }
    let users = try rows(
      "{test: {draw: user, share: 0.25, stratify: place}, validation: {hash: user, share: 0.2}}")
    #expect(places(users[2]) == [25, 25, 25])
  }

  @Test func theSeedShufflesAndNothingElseDoes() throws {
    func split(_ seed: String) -> String {
      "{test: {draw: row, share: 0.2}, validation: {hash: row, share: 0.2}\(seed)}"
    }
    let one = try rows(split(", seed: 1"))
    #expect(try rows(split(", seed: 1")) == one)
    let two = try rows(split(", seed: 2"))
    #expect(two[2] != one[2] && two[1] != one[1] && two[2].count == one[2].count)
    #expect(try rows(split(""))[2] != one[2])
  }

  @Test func drawsDoNotDependOnThreadsOrMemory() throws {
    let folder = try TemporaryFolder()
    var small = small("{test: {draw: user, share: 0.2}, validation: {fold: 1, of: 3}}")
    let one = try small.run(in: folder).fingerprint
    small.memoryLimit = 0
    #expect(try small.run(in: folder).fingerprint == one)
  }

  @Test func oneGroupIsLeftOut() throws {
    let parts = try rows(
      "{test: {leaveOut: u7, of: user}, validation: {leaveOut: [u8, u9], of: user}}")
    #expect(parts[2] == [7, 67, 127, 187, 247] && parts[1].count == 10)
    #expect(
      try failure("{test: {leaveOut: u70, of: user}, validation: {hash: row, share: 0.1}}")
        .hasPrefix("split.test leaves out 'u70' of 'user', but no row has it"))
    #expect(
      try failure("{test: {leaveOut: A, of: place}, validation: {hash: row, share: 0.1}}")
        == "small.yaml:7: split.test: leaves out values of 'place', which is a level of scenarios: a "
        + "scenario without train rows has no weights")
  }

  @Test func thereMayBeNoValidationSplit() throws {
    let folder = try TemporaryFolder()
    var small = small("{test: {fold: 1, of: 5}, validation: none}", "group: user")
    small.features =
      "{categorical: [user], multivalued: [{name: bag, column: user}], numerical: [price]}"
    let dataset = try small.run(in: folder)
    #expect(dataset.validation.rows.rowCount == 0 && dataset.training.rows.rowCount == 240)
    #expect(try dataset.validation.rows.groups?.isEmpty ?? true)
    #expect(try dataset.validation.rows.all.batch.rowCount == 0)
    let lint = try #require(try LintReport.stored(with: dataset))
    #expect(!lint.findings.contains { $0.split == .validation })
    #expect(try DatasetLint(dataset).run().findings == lint.findings)
    #expect(DatasetDescription(dataset).description.contains("validation: no rows"))
    // An empty split that was asked for is still an error.
    #expect(
      try failure("{test: {fold: 1, of: 5}, validation: {where: {column: day, atLeast: 9}}}")
        == "the validation split has no rows")
  }

  @Test(arguments: [
    ("test: {fold: 6, of: 5}", "split.test.fold: is 6, but there are 5 folds"),
    ("test: {fold: 0, of: 5}", "split.test.fold: must be a whole number, at least 1, but is '0'"),
    ("test: {fold: 1, of: 1}", "split.test.of: must be a whole number, at least 2, but is '1'"),
    ("test: {fold: 1}", "split.test: lacks the key 'of'"),
    (
      "test: {fold: 1, of: 5, share: 0.1}",
      "split.test: has the key 'share', which 'fold' does not take"
    ),
    ("test: {draw: row}", "split.test: lacks the key 'share'"),
    ("test: {draw: row, share: 1}", "split.test.share: must be between 0 and 1, but is 1.0"),
    ("test: none", "split.test: is 'none', but there must be test rows"),
    ("test: {leaveOut: [], of: user}", "split.test.leaveOut: must name one or more values"),
    (
      "test: nothing",
      "split.test: must be 'published', 'none' (validation only) or a mapping, but is 'nothing'"
    ),
  ])
  func rulesAreChecked(rule: String, sentence: String) throws {
    #expect(
      try failure("{\(rule), validation: {hash: row, share: 0.1}}")
        == "small.yaml:7: \(sentence)")
  }

  @Test func pairsOfRulesAreChecked() throws {
    #expect(
      try failure("{test: {fold: 1, of: 5}, validation: {fold: 1, of: 5}}").hasSuffix(
        "split.validation: is the fold that split.test is"))
    #expect(
      try failure("{test: {fold: 1, of: 5}, validation: {fold: 2, of: 4}}").hasSuffix(
        "split.validation: must have the same 'of', 'by' and 'stratify' as split.test, so that both are "
          + "folds of one division"))
    #expect(
      try failure("{test: {fold: 1, of: 2}, validation: {fold: 2, of: 2}}").hasSuffix(
        "split.validation: leaves no fold for train"))
    #expect(
      try failure("{test: {fold: 1, of: 5}, validation: {hash: row, share: 0}}").hasSuffix(
        "share: must be between 0 and 1, but is 0.0; a data set without a validation split says "
          + "'validation: none'"))
    #expect(
      try failure(
        "{test: {draw: user, share: 0.2, stratify: day}, validation: {hash: row, share: 0.1}}"
      ).contains("column 'user': rows of one value differ in day, so that they cannot be divided")
    )
  }
}
