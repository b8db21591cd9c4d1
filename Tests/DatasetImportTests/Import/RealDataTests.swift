import DatasetImport
import Datasets
import Foundation
import TestKit
import Testing

/// The shipped schemas on the real files, against the counts that their source notes give.
@Suite(.serialized) struct RealDataTests {
  private func importing(_ schema: String, from data: String) throws -> (Dataset, String) {
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    let dataset = try DatasetImporter(
      schema: try DatasetSchema.load(yaml: DataFolder.schema(schema)),
      root: DataFolder.url.appending(path: data)
    ).run(into: folder["cache"])
    let rowCount = SplitName.allCases.reduce(0) { $0 + dataset.counts(of: $1).rowCount }
    print("\(schema): \(rowCount) rows in \(ContinuousClock.now - start)")
    print(DatasetDescription(dataset))
    return (dataset, try #require(try LintReport.stored(with: dataset)).text)
  }

  /// Rows and rates of a leaf scenario over all splits.
  private func totals(_ dataset: Dataset, _ scenario: String) throws -> (rows: Int, rates: [Double])
  {
    let leaf = try #require(dataset.problem.scenarios.leafNames.firstIndex(of: scenario))
    let counts = SplitName.allCases.map { dataset.counts(of: $0) }
    let rates = dataset.problem.tasks.indices.map { task in
      Double(counts.reduce(0) { $0 + $1.positiveCounts[leaf][task] })
        / Double(counts.reduce(0) { $0 + $1.definedCounts[leaf][task] })
    }
    return (counts.reduce(0) { $0 + $1.rowCounts[leaf] }, rates)
  }

  @Test(.enabled(if: DataFolder.has("kuairand_pure"), "the KuaiRand-Pure files are not here"))
  func kuaiRandHasTheCountsOfItsSource() throws {
    let (dataset, lint) = try importing("kuairand-pure", from: "kuairand_pure")
    for (tab, rows, click, longView) in [
      ("1", 173_008, 0.494, 0.348), ("0", 20_254, 0.086, 0.037), ("4", 13_647, 0.596, 0.457),
      ("6", 11_208, 0.149, 0.080), ("2", 6_909, 0.481, 0.364),
    ] {
      let found = try totals(dataset, tab)
      #expect(found.rows == rows)
      #expect(abs(found.rates[0] - click) <= 0.001 && abs(found.rates[1] - longView) <= 0.001)
    }
    let counts = SplitName.allCases.map { dataset.counts(of: $0).rowCount }
    #expect(counts == [151_849, 17_387, 55_790])
    #expect(try dataset.test.rows.groups?.max() == 17_246)
    #expect(!lint.contains("problem:") && !lint.contains("warning:"))
  }

  @Test(.enabled(if: DataFolder.has("us_flights"), "the US flights files are not here"))
  func flightsHaveTheCountsOfTheirSource() throws {
    let (dataset, lint) = try importing("us-flights", from: "us_flights")
    #expect(dataset.problem.scenarios.levels.map(\.name) == ["region", "airport"])
    let counts = SplitName.allCases.map { dataset.counts(of: $0) }
    let bothDelays = counts.reduce(0) { $0 + $1.definedCount(task: 1) }
    #expect(bothDelays == 384_622)
    for (scenario, rows, out, arrival) in [
      ("Houston/IAH", 172_565, 0.171, 0.208), ("Northwest/SEA", 107_940, 0.153, 0.163),
      ("Northwest/PDX", 52_808, 0.147, 0.150), ("Houston/HOU", 51_309, 0.251, 0.211),
    ] {
      let leaf = try #require(dataset.problem.scenarios.leafNames.firstIndex(of: scenario))
      #expect(counts.reduce(0) { $0 + $1.definedCounts[leaf][1] } == rows)
      let found = try totals(dataset, scenario)
      #expect(abs(found.rates[0] - out) <= 0.002 && abs(found.rates[1] - arrival) <= 0.001)
    }
    #expect(!lint.contains("problem:"))
  }

  @Test(.enabled(if: DataFolder.has("census_income"), "the Census-Income file is not here"))
  func censusHasTheCountsOfItsSource() throws {
    let (dataset, _) = try importing("census-income", from: "census_income")
    for (scenario, rows, income, single) in [
      ("Not in universe", 50_079, 0.009, 0.603), ("Private", 36_071, 0.102, 0.293),
      ("Self-employed-not incorporated", 4_280, 0.124, 0.136),
      ("Local government", 3_833, 0.114, 0.173), ("State government", 2_167, 0.121, 0.234),
      ("Self-employed-incorporated", 1_648, 0.333, 0.099),
      ("Federal government", 1_405, 0.195, 0.192),
    ] {
      let found = try totals(dataset, scenario)
      #expect(found.rows == rows)
      #expect(abs(found.rates[0] - income) <= 0.001 && abs(found.rates[1] - single) <= 0.001)
    }
  }
}
