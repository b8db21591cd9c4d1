import DatasetImport
import Datasets
import TestKit
import Testing

/// Numbers near and beyond the range of 32-bit floats.
@Suite struct LargeNumberTests {
  private func small(_ cell: String, scale: String, inTestSplit: Bool = false) -> SmallImport {
    var small = SmallImport()
    small.csv = small.csv.replacing(inTestSplit ? ",36.5," : ",2.5,", with: ",\(cell),")
    small.features = "{categorical: [user], numerical: [{name: price, scale: \(scale)}]}"
    return small
  }

  @Test(arguments: ["none", "standard", "min-max", "log-standard"], ["1e39", "1e160", "1e300"])
  func numbersBeyond32BitsNameTheirCell(scale: String, cell: String) throws {
    for (isTest, line) in [(false, 4), (true, 38)] {
      let sentence = try small(cell, scale: scale, inTestSplit: isTest).failure()
      let number = cell.replacing("e", with: "e+")
      #expect(
        sentence
          == "log.csv:\(line): column 'price': \(number) is beyond the range of 32-bit "
          + "numbers, which ends at 3.4e38")
    }
  }

  @Test(arguments: ["none", "standard", "min-max"])
  func theLargestNumbersAreRead(scale: String) throws {
    var small = small("3.4e38", scale: scale)
    small.csv = small.csv.replacing(",5.5,", with: ",-3.4e38,")
    let folder = try TemporaryFolder()
    let dataset = try small.run(in: folder)
    let values = try dataset.training.rows.all.batch.numericals.values
    #expect(values.allSatisfy(\.isFinite) && values[2] > values[5])
  }

  @Test func numbersThatScalingMakesTooLargeNameTheirCell() throws {
    var small = small("3e38", scale: "min-max", inTestSplit: true)
    small.csv = small.csv.replacing(/,([0-9]+)\.5,/) { "," + $0.output.1 + "e-9," }
    let sentence = try small.failure()
    #expect(
      sentence.hasPrefix(
        "log.csv:38: column 'price': the number is beyond the range of 32-bit numbers once it is "
          + "scaled, since the train rows lie from 0.0 to 2.4"))
  }

  @Test func replacementsMustBeInRangeToo() {
    var small = SmallImport()
    small.features = "{numerical: [{name: price, missing: 1e39}]}"
    #expect(
      message { _ = try DatasetSchema(yaml: small.yaml, file: "s.yaml") }.contains(
        "missing: must be error, mean or a number, but is '1e39'"))
  }

  @Test func lintWarnsOfUnscaledMagnitudes() throws {
    let folder = try TemporaryFolder()
    let dataset = try small("1e37", scale: "none").run(in: folder)
    for report in [try LintReport.stored(with: dataset), try DatasetLint(dataset).run()] {
      let finding = try #require(report?.findings.first { $0.kind == .magnitude })
      #expect(finding.feature == "price" && finding.severity == .warning)
      #expect(finding.message.contains("reaches a magnitude of 1e+37 in the train split"))
    }
    let scaled = try small("1e37", scale: "standard").run(in: folder)
    #expect(
      try LintReport.stored(with: scaled)?.findings.contains { $0.kind == .magnitude } == false)
  }
}
