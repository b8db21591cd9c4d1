import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing
import Training

@Suite("Experts in reports")
struct ExpertSectionTests {
  private static let yaml = """
    id: toy
    title: Experts
    dataset: {cache: nowhere}
    models:
      - {id: alpha, label: A}
      - {id: beta}
    seeds: 2
    metrics: [auc]
    """

  private func results() throws -> (ExperimentSpecification, Results) {
    let spec = try specification(Self.yaml)
    let lines = try plan(spec).runs { _ in nil }.map { run in
      Results.Line(of: run, outcome: .done(fakeRecord(run.configuration)))
    }
    return (spec, Results(lines: lines))
  }

  /// One gate with two experts; scenario by scenario, the first has the given weight and share of sets.
  private func inspection(
    _ scenarios: [String], _ weights: [Double], hasSets: Bool = false, gates: Int = 1
  ) -> ExpertInspection {
    let cells = weights.map { weight -> GateUse.Cell? in
      GateUse.Cell(
        rowCount: 10, weights: [weight, 1 - weight], selected: [1, 1],
        specific: hasSets ? [weight, 1 - weight] : nil,
        shared: hasSets ? [1, 0] : nil, entropy: 0.5)
    }
    return ExpertInspection(
      tasks: ["click", "buy"], scenarios: scenarios, rowCount: 10 * weights.count, sampleCount: 5,
      gates: (0..<gates).map {
        GateUse(name: "gate\($0)", task: nil, expertCount: 2, cells: cells)
      },
      similarities: [ExpertSimilarity(name: "experts", values: [[1, 0.25], [0.25, 1]])])
  }

  private func report(
    _ inspect: (_ scenarios: [String], _ row: String, _ seed: Int) -> ExpertInspection?
  ) throws -> Report {
    var (spec, results) = try results()
    for line in results.lines {
      let scenarios = try #require(line.outcome.record).test.scenarios
      results.experts[line.id] = inspect(scenarios, line.row, line.seed)
    }
    return try Report.make(
      specification: spec, results: results, catalog: toyCatalog, figures: true)
  }

  @Test func gatesAreAveragedOverSeeds() throws {
    let report = try report { scenarios, row, seed in
      row == "A"
        ? inspection(scenarios, scenarios.map { _ in seed == 1 ? 0.5 : 1 }) : nil
    }
    let table = try #require(report.text("table.md"))
    #expect(table.contains("## Experts") && table.contains("Gates of 2 runs"))
    // Imbalance is 0 on the first seed and 1 on the second, and then one expert is unused.
    let line = try #require(table.split(separator: "\n").first { $0.contains("gate0") })
    #expect(line.contains("| A | gate0 | 2 | 0.500 ± 0.000 | 0.500 ± 0.707 |"), "\(line)")
    #expect(line.contains("0.500 ± 0.707 |"))
    #expect(table.contains("| A | experts | 2 | 0.250 |"))
  }

  @Test func heatMapsShowTheFirstSeed() throws {
    let report = try report { scenarios, row, seed in
      row == "A" ? inspection(scenarios, scenarios.map { _ in seed == 1 ? 0.25 : 1 }) : nil
    }
    let data = try #require(report.text("experts-a-gate0-weight.csv"))
    #expect(data.contains(",0,0.25\n") && !data.contains(",0,1"), "\(data)")
    let sets = try self.report { scenarios, _, _ in
      inspection(scenarios, scenarios.map { _ in 0.5 }, hasSets: true)
    }
    for name in ["experts-a-gate0-specific.svg", "experts-beta-gate0-shared.svg"] {
      #expect(sets.text(name) != nil, "\(name)")
    }
    #expect(sets.text("experts-a-gate0-weight.svg") == nil)
  }

  @Test func manyGatesAreInTheTableOnly() throws {
    let report = try report { scenarios, _, _ in
      inspection(scenarios, scenarios.map { _ in 0.5 }, gates: 8)
    }
    #expect(report.text("experts-a-gate7-weight.svg") != nil)
    #expect(report.text("experts-a-gate2-weight.svg") != nil)
    #expect(report.text("experts-a-gate1-weight.svg") == nil)
    let table = try #require(report.text("table.md"))
    #expect(table.contains("2 further gates of A are in the table") && table.contains("gate1"))
  }

  @Test func inspectionsAreAFileOfTheReport() throws {
    let report = try report { scenarios, row, _ in
      row == "A" ? inspection(scenarios, scenarios.map { _ in 0.125 }) : nil
    }
    try withTemporaryFolder { folder in
      try report.write(to: folder.path)
      let again = try Results(contentsOf: "\(folder.path)/runs.jsonl")
      #expect(again.experts.count == 2)
      let (spec, _) = try results()
      let rebuilt = try Report.make(
        specification: spec, results: again, catalog: toyCatalog, figures: true)
      #expect(rebuilt == report && rebuilt.differences(from: folder.path).isEmpty)
    }
  }

  @Test func withoutInspectionsThereIsNoSectionAndNoFile() throws {
    let report = try report { _, _, _ in nil }
    #expect(report.text("table.md")?.contains("Experts") == true)  // the title
    #expect(report.text("table.md")?.contains("## Experts") == false)
    #expect(report.text(InspectedRuns.fileName) == nil)
  }

  @Test func inspectionsOfOtherScenariosAreRefused() throws {
    #expect {
      try report { scenarios, _, _ in inspection(scenarios + ["other"], [0.5]) }
    } throws: {
      "\($0)".contains("has other tasks or scenarios than its record")
    }
  }

  @Test func aRunThatIsInspectedTwiceIsRefused() throws {
    try withTemporaryFolder { folder in
      var runs = InspectedRuns()
      runs["a"] = inspection(["x"], [0.5])
      let path = folder.appendingPathComponent("experts.jsonl").path
      try Data((runs.jsonLines + runs.jsonLines).utf8).write(to: URL(fileURLWithPath: path))
      #expect { try InspectedRuns(contentsOf: path) } throws: {
        "\($0)".contains("experts.jsonl:2: is the run a again")
      }
    }
  }
}
