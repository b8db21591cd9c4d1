import Configuration
import TensorCore
import TestKit
import Testing

// Internal: sums of observations, which models only reach through a whole inspection.
@testable import Training

@Suite("The use of experts")
struct GateUseTests {
  private func cell(
    _ weights: [Double], rows: Int = 10, selected: [Double]? = nil, specific: [Double]? = nil
  ) -> GateUse.Cell {
    GateUse.Cell(
      rowCount: rows, weights: weights, selected: selected ?? weights.map { _ in 1 },
      specific: specific, shared: specific, entropy: 0.5)
  }

  private func gate(_ cells: [GateUse.Cell?], experts: Int = 4) -> GateUse {
    GateUse(name: "gate", task: nil, expertCount: experts, cells: cells)
  }

  @Test func imbalanceIsTheSquaredVariationOfMeanWeights() {
    #expect(gate([cell([0.25, 0.25, 0.25, 0.25])]).imbalance == 0)
    #expect(gate([cell([0, 0, 1, 0])]).imbalance == 3)
    // Mean weights .5, .5, 0, 0: (1/4) · 4 · (1/4)² / (1/4)² = 1.
    #expect(gate([cell([1, 0, 0, 0]), cell([0, 1, 0, 0])]).imbalance == 1)
  }

  @Test func scenariosCountByTheirRows() {
    let gate = gate([cell([1, 0], rows: 30), nil, cell([0, 1], rows: 10)], experts: 2)
    #expect(gate.weights == [0.75, 0.25])
    #expect(gate.entropy == 0.5)
  }

  @Test func hardlyUsedExpertsAreDead() {
    // An equal share is 1/4, so that an expert needs .0025.
    let use = gate([cell([0.5, 0.4955, 0.002, 0.0025])])
    #expect(use.deadExperts == [2])
    #expect(use.onlyExpert == nil)
    #expect(gate([cell([0.01, 0.96, 0.02, 0.01])]).onlyExpert == 1)
  }

  @Test func overlapIsJaccardsIndexOfFixedSets() {
    let specific = [[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1.0]]
    let use = gate(specific.map { cell([0.25, 0.25, 0.25, 0.25], specific: $0) })
    #expect(use.overlap(ofScenarios: 0, 1) == 1.0 / 3)
    #expect(use.overlap(ofScenarios: 0, 2) == 0)
    #expect(use.overlap(ofScenarios: 2, 2) == 1)
    expectClose([use.meanOverlap ?? -1], [2.0 / 9], absolute: 1e-12)
  }

  @Test func overlapOfDenseGatesComparesMeanWeights() {
    let use = gate([cell([0.5, 0.5, 0, 0]), cell([0.25, 0.25, 0.25, 0.25]), nil])
    #expect(!use.isSparse)
    expectClose([use.overlap(ofScenarios: 0, 1) ?? -1], [0.5 / 1.5], absolute: 1e-12)
    #expect(use.overlap(ofScenarios: 0, 2) == nil)
    #expect(gate([cell([1, 0, 0, 0])]).meanOverlap == nil)
    // Gates that leave experts out are compared by what they select.
    let sparse = gate([
      cell([0.9, 0.1, 0, 0], selected: [1, 1, 0, 0]),
      cell([0.1, 0.9, 0, 0], selected: [1, 1, 0, 0]),
    ])
    #expect(sparse.isSparse && sparse.overlap(ofScenarios: 0, 1) == 1)
  }

  private func observation(
    _ name: String, _ values: [Float], _ shape: [Int], gates: [String] = [], sets: [UInt8]? = nil
  ) -> Observer.Observation {
    let observer = Observer()
    observer.show(name, Tensor(values, shape: shape), gates: gates, sets: sets)
    return observer.observations[0]
  }

  @Test func rowsAreAveragedByScenario() throws {
    var tally = GateTally(tasks: ["click"], scenarioCount: 2)
    tally.add([observation("g/click", [1, 0, 0.5, 0.5], [2, 2])], scenario: 1, rowCount: 2)
    tally.add([observation("g/click", [0, 1, 0, 1], [2, 2])], scenario: 1, rowCount: 2)
    let use = try #require(tally.uses.first)
    #expect(use.name == "g/click" && use.task == "click" && use.expertCount == 2)
    let cell = try #require(use.cells[1])
    #expect(use.cells[0] == nil && cell.rowCount == 4)
    #expect(cell.weights == [0.375, 0.625] && cell.selected == [0.5, 0.75])
    // One row of four has entropy ln 2.
    expectClose([cell.entropy], [0.25], absolute: 1e-12)
    #expect(cell.specific == nil)
  }

  @Test func setsOfARowAreCounted() throws {
    var tally = GateTally(tasks: [], scenarioCount: 1)
    tally.add(
      [observation("g", [0.5, 0.5, 0, 0, 0, 1], [2, 3], sets: [1, 2, 0, 0, 0, 3])], scenario: 0,
      rowCount: 2)
    let cell = try #require(tally.uses[0].cells[0])
    #expect(cell.specific == [0.5, 0, 0.5] && cell.shared == [0, 0.5, 0.5])
  }

  @Test func gatesOfALayerAreTakenApart() {
    let values: [Float] = [1, 0, 0, 1, 1, 0, 0, 1]
    func weights(_ shape: [Int], gates: [String]) -> [String: [Double]] {
      var tally = GateTally(tasks: ["a", "b"], scenarioCount: 1)
      tally.add([observation("g", values, shape, gates: gates)], scenario: 0, rowCount: 2)
      return Dictionary(
        uniqueKeysWithValues: tally.uses.map { ($0.name, $0.cells[0]?.weights ?? []) })
    }
    #expect(weights([2, 2, 2], gates: ["a", "b"]) == ["g/a": [1, 0], "g/b": [0, 1]])
    #expect(weights([4, 2], gates: []) == ["g/0": [0.5, 0.5], "g/1": [0.5, 0.5]])
  }

  @Test func aLayerThatIsPassedTwiceHasTwoGates() {
    var tally = GateTally(tasks: [], scenarioCount: 1)
    let shown = observation("g", [1, 0], [1, 2])
    tally.add([shown, shown], scenario: 0, rowCount: 1)
    tally.add([shown, shown], scenario: 0, rowCount: 1)
    #expect(tally.uses.map(\.name) == ["g", "g/1"])
    #expect(tally.uses.map { $0.cells[0]?.rowCount } == [2, 2])
  }

  @Test func whatIsNotOfRowsIsLeftOut() {
    var tally = GateTally(tasks: [], scenarioCount: 1)
    tally.add(
      [
        observation("table", [1, 0, 0, 1, 1, 0], [3, 2]), observation("single", [1, 1], [2, 1]),
      ],
      scenario: 0, rowCount: 2)
    #expect(tally.uses.isEmpty)
  }

  // MARK: - JSON

  private var inspection: ExpertInspection {
    ExpertInspection(
      tasks: ["click"], scenarios: ["A", "B"], rowCount: 20, sampleCount: 8,
      gates: [
        GateUse(
          name: "g/click", task: "click", expertCount: 2,
          cells: [cell([0.25, 0.75], specific: [1, 0]), nil])
      ],
      similarities: [ExpertSimilarity(name: "experts", values: [[1, nil], [nil, nil]])],
      plantedGroups: [1, 0])
  }

  @Test func inspectionsAreReadBack() throws {
    let value = try ConfigurationValue(json: inspection.configuration.canonicalJSON)
    #expect(try ExpertInspection(configuration: value) == inspection)
  }

  @Test func numbersHaveFiveDecimals() {
    var other = inspection
    other.gates[0].cells[0]?.weights = [1.0 / 3, 2.0 / 3]
    let text = other.configuration.canonicalJSON
    #expect(text.contains("0.33333,0.66667"), "\(text)")
  }

  @Test(
    "damaged inspections are refused with the place",
    arguments: [
      ("\"rows\":20", "\"rows\":\"x\"", "rows"),
      ("[0.25,0.75]", "[0.25,1.75]", "1.75 is no share"),
      ("[0.25,0.75]", "[0.25]", "has 1 numbers for 2 experts"),
      ("\"task\":\"click\"", "\"task\":\"clik\"", "click"),
      ("\"experts\":2", "\"experts\":1", "at least 2"),
      ("\"name\":\"experts\"", "\"nam\":\"experts\"", "nam"),
      ("[null,null]", "[null]", "square"),
      ("[null,null]", "[null,3]", "no similarity"),
      ("[\"A\",\"B\"]", "[\"A\"]", "2 cells for 1 scenarios"),
      ("\"entropy\":0.5", "\"entropy\":2", "from 0 to 1"),
      ("\"plantedGroups\":[1,0]", "\"plantedGroups\":[1]", "1 groups for 2 scenarios"),
    ])
  func damage(old: String, new: String, part: String) throws {
    let text = inspection.configuration.canonicalJSON
    let damaged = text.replacing(old, with: new)
    try #require(damaged != text)
    #expect {
      try ExpertInspection(configuration: try ConfigurationValue(json: damaged))
    } throws: {
      "\($0)".contains(part)
    }
  }

  @Test func warningsNameWhatIsUnused() {
    var other = inspection
    #expect(other.warnings.isEmpty)
    other.gates[0].cells[0]?.weights = [0.002, 0.998]
    #expect(other.warnings == ["g/click has collapsed: expert 1 has 100 % of the weight."])
    other.gates[0] = gate([cell([0.5, 0.5, 0, 0])])
    #expect(other.warnings == ["gate hardly uses 2 of 4 experts: 2, 3."])
  }
}
