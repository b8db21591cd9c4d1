import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing
import Training

@Suite struct FigureTests {
  private static let yaml = """
    id: toy
    title: Curves of <two> rows & more
    dataset: {cache: nowhere}
    models:
      - {id: alpha, label: "A <b>"}
      - {id: beta}
    seeds: 2
    metrics: [auc]
    """

  /// The report of runs whose scores `scores` gives by label and seed.
  private func report(_ scores: (String, Int) -> [Double?]) throws -> Report {
    let spec = try specification(Self.yaml)
    let lines = try plan(spec).runs { _ in nil }.map { run in
      var record = fakeRecord(run.configuration)
      record.course.validationScore = scores(run.row, run.configuration.seed)
      record.course.epochs = 2
      return Results.Line(of: run, outcome: .done(record))
    }
    return try Report.make(
      specification: spec, results: Results(lines: lines), catalog: toyCatalog, figures: true)
  }

  /// The polylines or polygons of rows, without grid and legend.
  private func elements(_ name: String, of svg: String) -> [String] {
    svg.split(separator: "\n").filter {
      $0.hasPrefix("<\(name) ") && $0.contains("class=\"s")
        && (name == "polygon" || $0.contains("stroke-width=\"1.75\""))
    }.map(String.init)
  }

  private func numbers(_ element: String) -> [Double] {
    let points = element.split(separator: "\"").dropFirst().first ?? ""
    return points.split { $0 == " " || $0 == "," }.compactMap { Double($0) }
  }

  @Test func learningCurvesHaveALineAndABandPerRow() throws {
    let report = try report { label, seed in
      label == "A <b>" ? [0.5, 0.6, 0.7, 0.8] : [0.5, seed == 1 ? 0.6 : 0.7, 0.65, 0.66]
    }
    let svg = try #require(report.text("learning-curves.svg"))
    let (lines, bands) = (elements("polyline", of: svg), elements("polygon", of: svg))
    #expect(lines.count == 2 && bands.count == 2)
    // Equal steps to the right, equal steps up; the band of the first row has no height.
    let first = numbers(lines[0])
    #expect(first.count == 8)
    for index in stride(from: 2, to: 8, by: 2) {
      #expect(abs(first[index] - first[index - 2] - (first[2] - first[0])) < 0.02)
      #expect(abs(first[index + 1] - first[index - 1] - (first[3] - first[1])) < 0.02)
    }
    let band = numbers(bands[1])
    let heights = (0..<4).map { (index: Int) -> Double in band[15 - 2 * index] - band[2 * index + 1]
    }
    #expect(heights[1] > 10)
    #expect([heights[0], heights[2], heights[3]].allSatisfy { abs($0) < 0.02 })
    #expect(svg.contains("Curves of &lt;two&gt; rows &amp; more") && svg.contains(">A &lt;b&gt;<"))
    #expect(try #require(report.text("table.md")).contains("](learning-curves.svg)"))
    #expect(try #require(report.text("table.tex")).contains("{learning-curves}"))
  }

  @Test func aLineEndsWithTheFirstOfItsRunsAndWhereAScoreIsUndefined() throws {
    let broken: [Double?] = [0.5, 0.6, nil, 0.8]
    let report = try report { label, seed in
      label == "A <b>" ? broken : [Double?](repeating: 0.5, count: seed + 2)
    }
    let svg = try #require(report.text("learning-curves.svg"))
    let counts = elements("polyline", of: svg).map { numbers($0).count / 2 }
    #expect(counts == [2, 3])
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func rowsWithDifferentMonitorsAreNotOnOneAxis() throws {
    let spec = try specification(Self.yaml)
    func curves(_ monitor: (String) -> String) throws -> String? {
      let lines = try plan(spec).runs { _ in nil }.map { run in
        var record = fakeRecord(run.configuration)
        record.course.validationScore = [0.5, 0.6]
        record.configuration.training["monitor"] = .string(monitor(run.row))
        return Results.Line(of: run, outcome: .done(record))
      }
      return try Report.make(
        specification: spec, results: Results(lines: lines), catalog: toyCatalog, figures: true
      ).text("learning-curves.svg")
    }
    #expect(try curves { _ in "auc/macro" }?.contains("validation auc/macro") == true)
    #expect(try curves { $0 == "A <b>" ? "auc/macro" : "logLoss/macro" } == nil)
  }

  @Test(arguments: [[], [0.5]] as [[Double?]])
  func withoutTwoEvaluationsThereIsNoFigure(scores: [Double?]) throws {
    let report = try report { _, _ in scores }
    #expect(report.text("learning-curves.svg") == nil)
    #expect(report.text("table.md")?.contains("Learning curves") == false)
  }

  @Test(arguments: [
    [-1e308, 1e308], [1e308, 1e308], [-1.7e308, 1.7e308], [1e-308, 2e-308],
    [.leastNonzeroMagnitude, 0],
  ])
  func scoresOfAnySizeAreDrawn(scores: [Double]) throws {
    let report = try report { label, seed in
      label == "A <b>" ? scores : [scores[seed - 1], scores[2 - seed]]
    }
    let svg = try #require(report.text("learning-curves.svg"))
    #expect(!svg.contains("nan") && !svg.contains("inf"), "\(svg)")
    let lines = elements("polyline", of: svg)
    #expect(lines.count == 2)
    for line in lines {
      let heights = numbers(line).enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      #expect(heights.count == 2 && heights.allSatisfy((40...340).contains), "\(line)")
    }
    #expect(svg.split(separator: "\n").allSatisfy { $0.count < 400 })
  }

  @Test func profilesHaveTheShareOfCellsAndSeedsAboveASkill() throws {
    let spec = try specification(Self.yaml)
    let lines = try plan(spec).runs { _ in nil }.map { run in
      var record = fakeRecord(run.configuration)
      // Skills 0.2, 0.4, 0.6 and 0.8, whatever the seed; the second row has 0.8 everywhere.
      let cells = (1...4).map { place in
        let skill = run.row == "A <b>" ? 0.2 * Double(place) : 0.8
        return MetricCell(rows: 100, positives: 60, values: [.auc: 0.5 + skill / 2])
      }
      record.test = MetricGrid(
        tasks: ["t"], scenarios: ["a", "b", "c", "d"], cells: [cells], pooled: [cells[0]])
      (record.validation, record.ceilings) = (record.test, nil)
      return Results.Line(of: run, outcome: .done(record))
    }
    let report = try Report.make(
      specification: spec, results: Results(lines: lines), catalog: toyCatalog, figures: true)
    let table = try #require(report.text("profiles.csv")).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",")
    }
    #expect(table.count == 82)
    for line in table {
      let (skill, share) = (try #require(Double(line[1])), try #require(Double(line[2])))
      // The skills themselves are left out: they are equal to a threshold up to rounding.
      guard [0.2, 0.4, 0.6, 0.8].allSatisfy({ abs($0 - skill) > 1e-9 }) else { continue }
      let expected = line[0] == "A <b>" ? 1 - (skill / 0.2).rounded(.down) / 4 : 1
      #expect(abs(share - expected) < 1e-12, "\(line)")
      // Seeds are equal, so drawing them changes nothing.
      #expect(line[2] == line[3] && line[2] == line[4])
    }
  }

  @Test func aSearchOverTwoSettingsIsAGrid() throws {
    let spec = try specification(
      """
      id: toy
      dataset: {cache: nowhere}
      models:
        - id: alpha
          search:
            strategy: grid
            model: {width: [64, 8, 16]}
            training: {batchSize: [128, 1024]}
      """)
    func score(_ configuration: RunConfiguration) -> Double {
      let width = Double(configuration: configuration.settings["width"] ?? .null) ?? 0
      let batch = Double(configuration: configuration.training["batchSize"] ?? .null) ?? 0
      return 0.5 + width / 1000 + batch / 10_000
    }
    let lines = try plan(spec).runs { _ in nil }.map { run in
      var record = fakeRecord(run.configuration)
      let cell = MetricCell(rows: 9, positives: 3, values: [.auc: score(run.configuration)])
      record.validation = MetricGrid(
        tasks: ["t"], scenarios: ["a"], cells: [[cell]], pooled: [cell])
      return Results.Line(of: run, outcome: .done(record))
    }
    #expect(lines.count == 6)
    func report(_ lines: [Results.Line]) throws -> Report {
      try Report.make(
        specification: spec, results: Results(lines: lines), catalog: toyCatalog, figures: true)
    }
    let table = try #require(try report(lines).text("sensitivity-alpha.csv"))
    let cells = table.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(cells[0] == ["width", "batchSize", "value"])
    #expect(cells.dropFirst().map { $0[0] } == ["8", "8", "16", "16", "64", "64"])
    #expect(cells.dropFirst().map { $0[1] } == ["128", "1024", "128", "1024", "128", "1024"])
    for cell in cells.dropFirst() {
      let (width, batch) = (try #require(Double(cell[0])), try #require(Double(cell[1])))
      #expect(abs((Double(cell[2]) ?? 0) - (0.5 + width / 1000 + batch / 10_000)) < 1e-12)
    }
    // One width alone is no grid.
    #expect(try report(Array(lines.prefix(2))).text("sensitivity-alpha.csv") == nil)
  }

  /// A pruned trial has a score of fewer epochs, which is not compared with that of whole trials.
  @Test func prunedTrialsAreNotDrawn() throws {
    let spec = try specification(
      """
      id: toy
      dataset: {cache: nowhere}
      models:
        - id: alpha
          search: {strategy: grid, model: {width: [8, 16]}, training: {batchSize: [128, 1024]}}
      training: {epochs: 4}
      """)
    let runs = try plan(spec).runs { _ in nil }
    func report(pruned: Int?) throws -> Report {
      let lines = runs.map { run in
        guard run.trial == pruned else {
          return Results.Line(of: run, outcome: .done(fakeRecord(run.configuration)))
        }
        let pause = RunPause(
          configuration: run.configuration, epochs: 1, steps: 5, parameterCount: 3,
          validationScore: [0.99], provenance: fakeProvenance)
        return Results.Line(of: run, outcome: .pruned(pause))
      }
      return try Report.make(
        specification: spec, results: Results(lines: lines), catalog: toyCatalog, figures: true)
    }
    let (whole, pruned) = (try report(pruned: nil), try report(pruned: 3))
    func lineCounts(_ report: Report) throws -> [Int] {
      try ["search-alpha.csv", "sensitivity-alpha.csv"].map { name in
        try #require(report.text(name)).split(separator: "\n").count {
          !$0.hasSuffix(",")
        }
      }
    }
    #expect(try lineCounts(whole) == [5, 5] && lineCounts(pruned) == [4, 4])
    #expect(try #require(pruned.text("search-alpha.csv")).contains("0.99") == false)
    let sentence = "mean over the search seeds. Pruned trials are left out."
    #expect(try #require(pruned.text("table.md")).contains(sentence))
    #expect(try #require(whole.text("table.md")).contains(sentence) == false)
  }

  @Test func namesOfFiguresDiffer() throws {
    let search = "search: {strategy: grid, model: {width: [8, 16, 32]}}"
    let spec = try specification(
      """
      id: toy
      dataset: {cache: nowhere}
      models:
        - {id: alpha, label: PLE, \(search)}
        - {id: alpha, label: ple, \(search)}
        - {id: alpha, label: PLE 2, \(search)}
      """)
    let lines = try plan(spec).runs { _ in nil }.map { run in
      Results.Line(of: run, outcome: .done(fakeRecord(run.configuration)))
    }
    let report = try Report.make(
      specification: spec, results: Results(lines: lines), catalog: toyCatalog, figures: true)
    let names = report.files.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(
      names.filter { $0.hasPrefix("search-") && $0.hasSuffix(".svg") }.sorted()
        == ["search-ple-2-2.svg", "search-ple-2.svg", "search-ple.svg"])
  }

  @Test func budgetsAreDrawnForSearchesAlone() throws {
    #expect(try report { _, _ in [0.5, 0.6] }.text("budget.csv") == nil)
    let folder = FixtureFolder.path("experiments/golden")
    let golden = try Report.make(
      specification: try ExperimentSpecification(
        contentsOf: folder + "/spec.yaml", catalog: toyCatalog, training: toyTraining),
      results: try Results(contentsOf: folder + "/runs.jsonl"), catalog: toyCatalog, figures: true)
    let curve = try #require(golden.text("budget.csv")).split(separator: "\n").map {
      $0.split(separator: ",")
    }
    let alpha = curve.filter { $0[0] == "Alpha" }.compactMap { Double($0[2]) }
    #expect(alpha.count == 3 && alpha == alpha.sorted())
  }

  @Test func figuresAreTheSameBytesEveryTime() throws {
    let scores: (String, Int) -> [Double?] = { _, seed in [0.5, 0.5 + 0.01 * Double(seed)] }
    #expect(try report(scores) == report(scores))
  }
}
