import DatasetImport
import Datasets
import Foundation
import TestKit
import Testing

/// Rows that are in no group.
@Suite struct GroupTests {
  private func small(_ group: String, csv: String) -> SmallImport {
    var small = SmallImport()
    small.csv = csv
    small.more = "group: \(group)"
    return small
  }

  @Test func rowsWithoutAGroupHaveANumberOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    let small = small(
      "[user]", csv: SmallImport.csv.replacing("u3,", with: ",").replacing("u4,", with: ","))
    let dataset = try small.run(in: folder)
    let groups = try #require(try dataset.training.rows.groups)
    let expected: [Int32] = [
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 10, 11, 5, 6, 7, 8, 9, 0, 1, 2, 12, 13,
    ]
    #expect(groups == expected)
    #expect(SplitName.allCases.map { dataset.rowsWithoutGroup(of: $0) } == [6, 0, 2])
  }

  @Test func aRowNeedsAllGroupColumns() throws {
    let folder = try TemporaryFolder()
    let csv = SmallImport.csv.replacing("user,place", with: "user,page")
    var small = small(
      "[user, page]", csv: csv.replacing("u1,A", with: "u1,").replacing("u2,B", with: ",B"))
    small.scenarios = "[one]"
    small.sources = "[{file: log.csv, constants: {one: x}}]"
    let dataset = try small.run(in: folder)
    let missing = csv.split(separator: "\n").count { $0.hasPrefix("u1,A") || $0.hasPrefix("u2,B") }
    #expect(SplitName.allCases.reduce(0) { $0 + dataset.rowsWithoutGroup(of: $1) } == missing)
  }

  @Test func lintAndDescriptionSayHowMany() throws {
    let folder = try TemporaryFolder()
    let csv = SmallImport.csv.replacing(/u[5-9],/, with: ",")
    let dataset = try small("[user]", csv: csv).run(in: folder)
    let sentence =
      "5 rows (50.0 %) of the test split are in no group: they take no part in grouped metrics"
    for report in [try LintReport.stored(with: dataset), try DatasetLint(dataset).run()] {
      let finding = try #require(report?.findings.first { $0.split == .test && $0.value == 5 })
      #expect(finding.message == sentence && finding.severity == .warning)
      #expect(report?.text.contains(" of 5 groups of the test split") ?? false)
    }
    #expect(
      "\(DatasetDescription(dataset))".contains(
        "\n5 rows are in no group, so not in grouped metrics"))
  }

  @Test func groupsWithoutGapsAreNumberedAsBefore() throws {
    let folder = try TemporaryFolder()
    let dataset = try small("[user]", csv: SmallImport.csv).run(in: folder)
    #expect(try dataset.training.rows.groups == (0..<25).map { Int32($0 % 10) })
    #expect(dataset.rowsWithoutGroup(of: .train) == 0)
    let manifest = try String(
      contentsOf: dataset.url.appending(path: "dataset.json"), encoding: .utf8)
    #expect(!manifest.contains("rowsWithoutGroup"))
  }
}
