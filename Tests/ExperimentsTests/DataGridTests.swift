import Configuration
import Experiments
import ExperimentsTestKit
import TestKit
import Testing

@Suite struct DataGridTests {
  private func grid(_ vary: String, synthetic: String = "{recipe: many-scenarios, rows: 5000}")
    throws -> ExperimentSpecification
  {
    try specification(
      """
      id: grid
      dataset:
        cache: caches
        synthetic: \(synthetic)
        vary: \(vary)
      models: [{id: alpha}, {id: beta}]
      """)
  }

  @Test func allValuesOfDifferentAxesAreCombinedAndTheLastVariesFastest() throws {
    let spec = try grid("[{scenarioStrength: [0, 0.5]}, {rows: [1000, 2000, 4000]}]")
    let cells = try #require(spec.grid).cells
    #expect(cells.count == 6)
    #expect(cells.map(\.positions) == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]])
    #expect(cells[4].name == "scenarioStrength=0.5, rows=2000")
    #expect(
      cells[4].source
        == DatasetSource(
          cache: "caches/scenarioStrength=0.5,rows=2000",
          origin: .synthetic(
            recipe: "many-scenarios", settings: ["scenarioStrength": .number(0.5)], rows: 2000,
            seed: nil)))
  }

  @Test func settingsOfOneAxisVaryTogether() throws {
    let spec = try grid("[{scenarioCount: [2, 8], groupCount: [1, 4], seed: [5, 6]}]")
    let cells = try #require(spec.grid).cells
    #expect(
      cells.map(\.name)
        == ["scenarioCount=2, groupCount=1, seed=5", "scenarioCount=8, groupCount=4, seed=6"])
    #expect(
      cells[1].source.origin
        == .synthetic(
          recipe: "many-scenarios",
          settings: ["scenarioCount": .integer(8), "groupCount": .integer(4)], rows: 5000, seed: 6))
  }

  @Test func everyPartIsAnExperimentOnOneDataSet() throws {
    let spec = try grid("[{rows: [1000, 2000]}]")
    #expect(spec.parts.map(\.cell) == ["rows=1000", "rows=2000"])
    #expect(spec.parts.allSatisfy { $0.specification.grid == nil })
    #expect(spec.parts[1].specification.dataset.cache == "caches/rows=2000")
    #expect(spec.parts[1].specification.rows.map(\.label) == spec.rows.map(\.label))
    let plain = try specification("id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]")
    #expect(plain.grid == nil)
    #expect(plain.parts.map(\.cell) == [nil])
  }

  @Test(arguments: [
    ("[]", "toy.yaml:5: dataset.vary: varies nothing"),
    ("[{}]", "varies nothing"),
    ("[{rows: []}]", "must list at least one value"),
    ("[{rows: [5]}]", "rows is 5, but must be a whole number from 10 to 2000000000"),
    ("[{seed: [1.5]}]", "seed is 1.5, but must be a whole number from 0 to"),
    ("[{scenarioStrenth: [1]}]", "did you mean 'scenarioStrength'?"),
    ("[{scenarioStrength: [9]}]", "scenarioStrength: must be a number from 0 to 4, but is 9"),
    ("[{scenarioCount: [2]}]", "groupCount is 4, but must be at most scenarioCount, which is 2"),
    ("[{rows: [1000]}, {rows: [2000]}]", "'rows' is varied twice"),
    ("[{rows: [1000, 2000], seed: [1]}]", "so their lists must be of the same length"),
    (
      "[{rows: [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]}, "
        + "{seed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}, "
        + "{groupCount: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}]",
      "varies the data in 1100 ways, but at most 1000 are possible"
    ),
  ])
  func gridsThatCannotBeAreRefusedWithTheirLine(vary: String, sentence: String) throws {
    let text = message { _ = try grid(vary) }
    #expect(text.contains(sentence), "\(text)")
    #expect(text.hasPrefix("toy.yaml:5"), "\(text)")
  }

  @Test func onlySyntheticDataCanBeVaried() throws {
    let text = message {
      _ = try specification(
        "id: a\ndataset: {cache: c, vary: [{rows: [100]}]}\nmodels: [{id: alpha}]")
    }
    #expect(text.contains("varies synthetic data only"), "\(text)")
  }

  @Test func linesOfResultsKeepTheirDataSet() throws {
    let run = fakeRecord(
      RunConfiguration(model: "alpha", settings: [:], training: [:], dataset: "d", seed: 1))
    let results = Results(lines: [
      .init(row: "Alpha", purpose: .result, trial: 0, cell: "rows=1000", outcome: .done(run)),
      .init(row: "Alpha", purpose: .result, trial: 0, outcome: .done(run)),
    ])
    let read = try Results(jsonLines: results.jsonLines, file: "runs.jsonl")
    #expect(read == results)
    #expect(read.lines.map(\.cell) == ["rows=1000", nil])
    #expect(results.jsonLines.split(separator: "\n")[1].hasPrefix("{\"draw\":0,"))
  }
}
