import Configuration
import Ranking
import TestKit
import Testing

// Internal: curveMeasures.
@testable import Training

/// A cell with two metrics, one of them not defined.
private func cell(_ rows: Int, positives: Int, auc: Double?) -> MetricCell {
  MetricCell(rows: rows, positives: positives, values: [.auc: auc, .copc: nil])
}

@Suite struct MetricGridTests {
  private let grid = MetricGrid(
    tasks: ["click", "buy"], scenarios: ["a", "b/c"],
    cells: [
      [cell(10, positives: 3, auc: 0.5), cell(5, positives: 1, auc: 0.7)],
      [cell(4, positives: 0, auc: nil), cell(6, positives: 2, auc: 0.9)],
    ],
    pooled: [
      cell(15, positives: 4, auc: 0.8), cell(10, positives: 2, auc: 0.6),
    ])

  @Test func namesFindTheirNumbers() throws {
    for (name, expected) in [
      ("auc/macro", 0.75), ("auc/pooled", 0.7), ("auc/click", 0.6), ("auc/buy", 0.9),
      (#"auc/"buy""#, 0.9),
      ("auc/click/pooled", 0.8), ("auc/click/b/c", 0.7), ("auc/buy/a", nil),
      ("logLoss/macro", nil),
    ] {
      let found = try grid.value(MetricName(name))
      #expect((found == nil) == (expected == nil), "\(name)")
      if let found, let expected { #expect(abs(found - expected) < 1e-12, "\(name)") }
    }
  }

  @Test func tasksWeighEquallyInTheMacroMeanWhateverIsUndefined() {
    #expect(abs((grid.macro(.auc).mean ?? 0) - (0.6 + 0.9) / 2) < 1e-12)
    var earlier = grid
    earlier.macroRule = .cells
    #expect(abs((earlier.macro(.auc).mean ?? 0) - (0.5 + 0.7 + 0.9) / 3) < 1e-12)
    #expect(earlier.macro(.auc).undefinedCount == 1)
  }

  @Test func tasksAndScenariosThatAreNamedLikeSummariesKeepTheirOwnNumbers() throws {
    let cells = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.9]].map {
      $0.map { cell(10, positives: 3, auc: $0) }
    }
    let grid = MetricGrid(
      tasks: ["macro", "pooled"], scenarios: [#""pooled""#, #""macro""#, #""a/b"/c"#],
      cells: cells, pooled: [0.6, 0.7].map { cell(30, positives: 9, auc: $0) })
    for (name, expected) in [
      ("auc/macro", 0.4), ("auc/pooled", 0.65), (#"auc/"macro""#, 0.2), (#"auc/"pooled""#, 0.6),
      ("auc/macro/pooled", 0.6), (#"auc/macro/"pooled""#, 0.1), (#"auc/macro/"macro""#, 0.2),
      (#"auc/pooled/"a/b"/c"#, 0.9), ("auc/pooled/pooled", 0.7),
    ] {
      let name = try MetricName(name)
      let found = try #require(try grid.value(name), "\(name)")
      #expect(abs(found - expected) < 1e-12, "\(name)")
      #expect(try MetricName(name.description) == name)
    }
    #expect(throws: Diagnostic.self) { try grid.value(MetricName("auc/macro/a/b/c")) }
    let monitor = try MetricName(#"auc/macro/"pooled""#)
    let measures = grid.curveMeasures(with: monitor, 0.1)
    #expect(Set(measures.map(\.name.description)).count == measures.count)
    #expect(measures.filter { $0.name == monitor }.map(\.value) == [0.1])
  }

  @Test func macroMeansTellHowManyCellsTheyLeaveOut() {
    #expect(grid.macro(.auc).undefinedCount == 1)
    #expect(grid.macro(.auc, task: 0).undefinedCount == 0)
    #expect(grid.macro(.gauc).mean == nil && grid.macro(.gauc).undefinedCount == 4)
  }

  @Test func survivesBeingWrittenAndRead() throws {
    let text = grid.configuration.canonicalJSON
    #expect(try MetricGrid(configuration: ConfigurationValue(json: text)) == grid)
    #expect(
      try MetricGrid(configuration: ConfigurationValue(json: text)).configuration.canonicalJSON
        == text)
  }

  /// Reads canonical JSON without a configuration for every number.
  private func canonical(_ text: String) throws -> MetricGrid? {
    try JSONReader.read(text) { reader in
      let grid = reader.attempt { try MetricGrid(canonical: &$0) }
      if grid == nil { _ = try reader.value() }
      return grid
    }
  }

  @Test func canonicalTextIsReadWithoutAConfiguration() throws {
    #expect(try canonical(grid.configuration.canonicalJSON) == grid)
    let empty = MetricGrid(tasks: [], scenarios: [], cells: [], pooled: [])
    #expect(try canonical(empty.configuration.canonicalJSON) == empty)
  }

  @Test func whatIsNotCanonicalOrNoGridIsLeftToTheConfiguration() throws {
    let text = grid.configuration.canonicalJSON
    for (found, changed) in [
      ("{\"cells\"", "{ \"cells\""), ("\"auc\":0.5", "\"auc\":1.5"),
      ("\"auc\":0.5", "\"auc\":\"x\""),
      ("\"auc\":0.5", "\"ucc\":0.5"), ("\"positives\":3", "\"positives\":11"),
      ("\"positives\":3", "\"positives\":-3"), ("\"rows\":10}", "\"rows\":10,\"x\":1}"),
      ("[\"click\",\"buy\"]", "[\"click\",\"click\"]"), ("[\"click\",\"buy\"]", "[\"click\"]"),
      ("\"scenarios\":[\"a\",\"b/c\"]", "\"scenarios\":[\"a\"]"), ("\"auc\":0.7,", ""),
    ] {
      #expect(text.contains(found), "\(found)")
      #expect(try canonical(text.replacing(found, with: changed)) == nil, "\(changed)")
    }
  }

  /// A grid as it was written when there were five metrics, with the means of `auc` and `ece` alone.
  private let earlier =
    #"{"cells":[[{"auc":0.5,"ece":null,"positives":3,"rows":10},"#
    + #"{"auc":null,"ece":0.25,"positives":0,"rows":4}]],"#
    + #""macro":{"auc":{"mean":0.5,"undefined":1},"ece":{"mean":0.25,"undefined":1}},"#
    + #""pooled":[{"auc":0.75,"ece":0.125,"positives":3,"rows":14}],"#
    + #""scenarios":["a","b"],"tasks":["click"]}"#

  @Test func aRecordKeepsTheMetricsThatItWasWrittenWith() throws {
    let slow = try MetricGrid(configuration: ConfigurationValue(json: earlier))
    let fast = try #require(try canonical(earlier))
    #expect(fast == slow)
    #expect(slow.configuration.canonicalJSON == earlier)
    #expect(slow.has(.auc) && !slow.has(.brierScore))
    #expect(try slow.value(MetricName(.brierScore, .macro)) == nil)
  }

  @Test func cellsOfDifferentMetricsAreReadAsTheyAre() throws {
    let mixed = earlier.replacing(#""auc":0.5,"ece""#, with: #""auc":0.5,"brier":0.5,"ece""#)
    #expect(try canonical(mixed) == nil)
    let grid = try MetricGrid(configuration: ConfigurationValue(json: mixed))
    #expect(grid.cells[0][0][.brierScore] == 0.5 && !grid.cells[0][1].has(.brierScore))
  }

  @Test func aMetricOfALaterVersionIsRefusedByName() throws {
    let later = earlier.replacing(#""rows":4"#, with: #""rows":4,"kendall":0.5"#)
    #expect(try canonical(later) == nil)
    let text = sentence { _ = try MetricGrid(configuration: ConfigurationValue(json: later)) }
    #expect(text?.hasPrefix("cell 'click/b': unknown metric 'kendall' (known: auc, gauc, ") == true)
  }

  @Test func brokenGridsAreRefused() throws {
    for (broken, expected) in [
      ("{}", "a metric grid has no list of tasks"),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[]}"#,
        "a metric grid does not have cells for 1 tasks"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[[{"rows":1}]],"pooled":[]}"#,
        "cell 'x/a': lacks the key 'positives'"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[[{"rows":1,"positives":0,"auc":"?"}]]}"#,
        "cell 'x/a': auc: must be a number or null, but is ?"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[[{"rows":9,"positives":1,"auc":7.5}]]}"#,
        "cell 'x/a': auc: must be from 0 to 1, but is 7.5"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[[{"rows":9,"positives":1,"copc":-1}]]}"#,
        "cell 'x/a': copc: must be at least 0, but is -1"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[[{"rows":9,"positives":1,"rig":1.5}]]}"#,
        "cell 'x/a': rig: must be at most 1, but is 1.5"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[[{"rows":1,"positives":2}]]}"#,
        "cell 'x/a': has 2 positives in 1 rows"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a"],"cells":[[{"rows":-1,"positives":-2}]]}"#,
        "cell 'x/a': rows: must not be negative, but is -1"
      ),
      (
        #"{"tasks":["x"],"scenarios":["a","a"],"cells":[[]]}"#,
        "a metric grid names one of its scenarios twice"
      ),
    ] {
      let value = try ConfigurationValue(json: broken)
      #expect(sentence { _ = try MetricGrid(configuration: value) } == expected)
    }
  }

  @Test func cellsAreMeasuredOnTheirDefinedRowsAlone() throws {
    let rows = ToyRows(count: 500, seed: 6)
    let model = try ToyModel.built()
    let evaluation = try model.evaluate(on: TestSplit(rows), batchSize: 64)
    let logits = evaluation.logits.values
    for task in 0..<2 {
      for scenario in 0..<3 {
        let defined = (0..<500).filter {
          rows.leaves[$0] == Int32(scenario) && rows.mask[2 * $0 + task] == 1
        }
        let expected = MetricCell(
          logits: defined.map { logits[2 * $0 + task] },
          labels: defined.map { rows.labels[2 * $0 + task] == 1 },
          groups: defined.map { rows.groups?[$0] ?? 0 })
        #expect(evaluation.grid.cells[task][scenario] == expected)
        #expect(expected.rows > 0 && expected[.auc] != nil)
      }
      let defined = (0..<500).filter { rows.mask[2 * $0 + task] == 1 }
      let pooled = areaUnderCurve(
        scores: defined.map { logits[2 * $0 + task] },
        labels: defined.map { rows.labels[2 * $0 + task] == 1 })
      #expect(evaluation.grid.pooled[task][.auc] == pooled)
      #expect(evaluation.grid.pooled[task].rows == defined.count)
    }
  }

  @Test func aCellWithOneClassIsUndefinedWithItsCounts() throws {
    var rows = ToyRows(count: 200, seed: 6)
    for row in 0..<200 where rows.leaves[row] == 2 { rows.labels[2 * row] = 0 }
    let grid = try ToyModel.built().evaluate(on: TestSplit(rows)).grid
    let cell = grid.cells[0][2]
    #expect(cell[.auc] == nil && cell[.gauc] == nil)
    #expect(cell.rows == rows.leaves.filter { $0 == 2 }.count && cell.positives == 0)
    #expect(cell[.logLoss] != nil && cell[.copc] == 0)
    #expect(grid.macro(.auc, task: 0).undefinedCount == 1)
  }
}
