import Configuration
import Experiments
import ExperimentsTestKit
import TestKit
import Testing
import Training

@Suite struct PairedRunsTests {
  private func side(
    _ label: String, model: String = "alpha", width: Int = 8, seeds: [Int], dataset: String = "data"
  ) throws -> PairedRuns.Side {
    try PairedRuns.Side(
      label: label,
      runs: runs(model, width: width, seeds: seeds, dataset: dataset))
  }

  private func runs(
    _ model: String, width: Int = 8, seeds: [Int], dataset: String = "data"
  ) -> [StoredRun] {
    seeds.map {
      StoredRun(
        .done(
          fakeRecord(
            FakeStore.configuration(model: model, width: width, seed: $0, dataset: dataset))))
    }
  }

  private func problem(_ body: () throws -> Void) throws -> Diagnostic {
    try #require(throws: Diagnostic.self, performing: body)
  }

  @Test func runsArePairedInTheOrderOfSeeds() throws {
    let runs = try PairedRuns(
      try side("A", seeds: [3, 1, 2]), try side("B", model: "beta", seeds: [2, 3, 1]))
    #expect(runs.seeds == [1, 2, 3])
    let values = try #require(runs.values(MetricName(.auc, .task("click"))))
    #expect(values.first == runs.first.records.map { $0.test.macro(.auc, task: 0).mean })
    #expect(values.second.count == 3)
    #expect(runs.first.parameterCount == 8000)
  }

  @Test func mixedSettingsAreRefused() throws {
    let error = try problem {
      _ = try PairedRuns.Side(
        label: "A", runs: runs("alpha", seeds: [1]) + runs("alpha", width: 4, seeds: [2]))
    }
    #expect(error.place == ["A"])
    #expect(error.problem.contains("settings.sizes"))
    #expect(error.problem.contains("purpose=result"))
  }

  @Test func predictionsOfAnotherProgramDifferBySeed() throws {
    let runs = (1...3).map { seed in
      StoredRun(
        .done(
          fakeRecord(
            RunConfiguration(
              model: "external", settings: ["predictions": .string("digest \(seed)")],
              training: [:], dataset: "data", seed: seed))))
    }
    let side = try PairedRuns.Side(label: "LightGBM", runs: runs)
    #expect(side.isExternal && side.records.count == 3)
  }

  @Test func repeatedSeedsAreRefused() throws {
    let error = try problem {
      _ = try PairedRuns.Side(label: "A", runs: runs("alpha", seeds: [1, 4, 4]))
    }
    #expect(error.place == ["A"] && error.problem.contains("several runs of seed 4"))
  }

  @Test func missingSeedsAreRefusedOnEitherSide() throws {
    for (a, b, place) in [([1, 2], [1, 2, 5], "A"), ([1, 2, 5], [1, 2], "B")] {
      let error = try problem {
        _ = try PairedRuns(try side("A", seeds: a), try side("B", model: "beta", seeds: b))
      }
      #expect(error.place == [place] && error.problem.contains("no run of seed 5"))
    }
  }

  @Test func unfinishedRunsAreRefused() throws {
    let failed = StoredRun(
      .failed(
        RunFailure(
          configuration: FakeStore.configuration(seed: 2), message: "no", provenance: fakeProvenance
        )))
    let error = try problem {
      _ = try PairedRuns.Side(label: "A", runs: runs("alpha", seeds: [1]) + [failed])
    }
    #expect(error.problem.contains("seed 2") && error.problem.contains("is failed"))
    #expect(
      try problem { _ = try PairedRuns.Side(label: "A", runs: []) }.problem == "has no run")
  }

  @Test func otherDataAndTheSameRunsAreRefused() throws {
    let a = try side("A", seeds: [1])
    let other = try problem {
      _ = try PairedRuns(a, try side("B", model: "beta", seeds: [1], dataset: "other"))
    }
    #expect(other.problem.contains("the same rows"))
    #expect(try problem { _ = try PairedRuns(a, a) }.problem.contains("the same runs"))
  }

  // MARK: - Tables and verdicts

  @Test func probabilitiesAreCorrectedOverTheRows() throws {
    let runs = try PairedRuns(
      try side("A", seeds: [1, 2, 3, 4]), try side("B", model: "beta", seeds: [1, 2, 3, 4]))
    let names = runs.grid.tasks.map { MetricName(.auc, .task($0)) }
    let table = ComparisonTable(runs, names + [MetricName(.gauc, .macro)])
    #expect(table.rows.map(\.name) == names)
    #expect(table.undefined == [MetricName(.gauc, .macro)])
    let raw = table.rows.map(\.tests.comparison.probability)
    #expect(table.rows.map(\.corrected.t) == holmCorrected(raw))
    #expect(table.testedCount == 2)
    for row in table.rows {
      let difference = row.first.mean - row.second.mean
      #expect(abs(row.tests.comparison.difference.mean - difference) < 1e-12)
    }
  }

  private func verdict(
    _ values: [Double], _ reference: [Double], metric: Metric = .auc,
    costs: (Int, Int) = (100, 200)
  ) throws -> String {
    let comparison = try #require(PairedComparison(values, reference: reference))
    return Verdict(
      ("PLE", "MMoE"), subject: "auc/click", comparison, probability: comparison.probability,
      family: 1, metric: metric,
      costs: (
        Verdict.Cost(parameters: costs.0, processorSeconds: 1),
        Verdict.Cost(parameters: costs.1, processorSeconds: nil)
      )
    ).sentence
  }

  @Test func aClearDifferenceHasAWinner() throws {
    let (high, low) = ([0.71, 0.711, 0.712], [0.7, 0.702, 0.701])
    #expect(
      try verdict(high, low)
        == "auc/click: PLE is better than MMoE: PLE - MMoE = +0.0100 (95 % interval +0.0075 to +0.0125, p = 0.003, 3 seeds)."
    )
    #expect(try verdict(low, high).contains("MMoE is better than PLE"))
    #expect(try verdict(low, high, metric: .logLoss).contains("PLE is better than MMoE"))
  }

  @Test func aTieGoesToTheCheaper() throws {
    let (a, b) = ([0.71, 0.7, 0.72], [0.7, 0.71, 0.715])
    #expect(try verdict(a, b).hasSuffix("The cheaper is PLE: 100 parameters against 200."))
    #expect(try verdict(a, b, costs: (300, 200)).contains("The cheaper is MMoE"))
    #expect(try verdict(a, b, costs: (7, 7)).hasSuffix("Both have 7 parameters."))
  }

  @Test func thereIsNoVerdictWithoutASpread() throws {
    #expect(try verdict([0.7], [0.6]).contains("no verdict: one seed"))
    // The differences are equal but for rounding.
    #expect(try verdict([0.3, 0.4], [0.1, 0.2]).contains("no verdict: all differences are equal"))
    #expect(
      try verdict([1, 1.2, 1.1], [1, 0.9, 1], metric: .copc).contains("COPC has no direction"))
    let tests = try #require(PairedTests([0.3, 0.4], reference: [0.1, 0.2]))
    #expect(tests.neededSeeds == nil && tests.detectableEffect == nil && tests.interval == nil)
    #expect(tests.signedRank == nil && tests.permutation == nil)
    // Enough pairs for an interval of the shift, but all differences are 1.
    let same = try #require(PairedTests([1, 2, 3, 4, 5, 6], reference: [0, 1, 2, 3, 4, 5]))
    #expect(same.signedRank == nil && same.permutation == nil && same.shiftInterval == nil)
    #expect(same.shift.shift == 1)
    let other = try #require(PairedTests([1, 2, 3, 4, 5, 7], reference: [0, 1, 2, 3, 4, 5]))
    #expect(other.permutation != nil && other.shiftInterval != nil)
  }

  @Test func theLeastProbabilityGrowsWithTheRows() {
    #expect(PairedTests.leastProbability(pairs: 5) == 0.0625)
    #expect(PairedTests.leastProbability(pairs: 5, rows: 2) == 0.125)
    #expect(PairedTests.leastProbability(pairs: 5, rows: 100) == 1)
  }

  @Test func rowsWithoutASpreadDoNotCountInTheCorrection() throws {
    let tests = try [[1.0, 2, 3], [1.1, 2.3, 3.2], [1.5, 2.2, 3.1]].map {
      try #require(PairedTests($0, reference: [0, 1, 2]))
    }
    let corrected = PairedTests.corrected(tests)
    #expect(corrected[0].t == nil && corrected[0].permutation == nil)
    #expect(corrected[1].permutation == 0.5 && corrected[2].permutation == 0.5)
    #expect(corrected.map(\.t) == holmCorrected(tests.map(\.comparison.probability)))
  }

  // MARK: - Other rows

  @Test func areasAreComparedByScenarioAndOverSeeds() throws {
    let labels = [true, false, true, false, true, false, true, false, true]
    let scenarios: [Int32] = [0, 0, 0, 0, 1, 1, 1, 1, 2]
    func rows(_ scores: [Float], groups: [Int32]? = nil) -> ScoredRows {
      ScoredRows(scores: scores, labels: labels, scenarios: scenarios, groups: groups)
    }
    let first = rows([4, 1, 3, 2, 4, 1, 3, 2, 1])
    let second = rows([4, 3, 2, 1, 1, 2, 3, 4, 1])
    let comparison = AreaComparison(
      first: [first, first], second: [second, first], scenarioCount: 3)
    // Scenario 2 has one class. The means of seeds are 1 and (0.75 + 1) / 2, (0.25 + 1) / 2.
    #expect(comparison.scenarios.map { $0?.difference } == [0.125, 0.375, nil])
    #expect(comparison.macro?.difference == 0.25)
    let errors = comparison.scenarios.compactMap { $0?.delong?.standardError }
    let expected = (errors[0] * errors[0] + errors[1] * errors[1]).squareRoot() / 2
    #expect(abs((comparison.macro?.delong?.standardError ?? 0) - expected) < 1e-15)
    #expect(comparison.pooled?.byGroup == nil && comparison.groupCount == nil)
    let grouped = AreaComparison(
      first: [rows(first.scores, groups: [0, 0, 1, 1, 2, 2, 3, 3, 4])],
      second: [rows(second.scores, groups: [0, 0, 1, 1, 2, 2, 3, 3, 4])], scenarioCount: 3,
      replicates: 200)
    #expect(grouped.groupCount == 5)
    let interval = try #require(grouped.macro?.byGroup)
    #expect(interval.contains(grouped.macro?.difference ?? .nan))
    let one = [Int32](repeating: 7, count: labels.count)
    let alone = AreaComparison(
      first: [rows(first.scores, groups: one)], second: [rows(second.scores, groups: one)],
      scenarioCount: 3, replicates: 200)
    #expect(alone.groupCount == 1 && alone.macro != nil && alone.macro?.byGroup == nil)
  }

  /// With one positive row there is an AUC, but no variance of it.
  @Test func aMeanWithoutAnErrorInOneScenarioHasNone() {
    let rows = ScoredRows(
      scores: [3, 1, 2, 0, 5, 4, 3], labels: [true, false, true, false, true, false, false],
      scenarios: [0, 0, 0, 0, 1, 1, 1], groups: nil)
    let comparison = AreaComparison(first: [rows], second: [rows], scenarioCount: 2)
    #expect(comparison.scenarios[0]?.delong != nil)
    #expect(comparison.scenarios[1] != nil && comparison.scenarios[1]?.delong == nil)
    #expect(comparison.macro?.difference == 0 && comparison.macro?.delong == nil)
  }

  // MARK: - Verification

  @Test func aRepeatedRunIsComparedNumberByNumber() throws {
    let record = fakeRecord(FakeStore.configuration(seed: 1))
    #expect(Verification(record, repeated: record).isExact)
    let other = Verification(record, repeated: fakeRecord(FakeStore.configuration(seed: 2)))
    #expect(!other.isExact && other.otherEnvironment == nil)
    let difference = other.difference(in: .auc, cells: false)
    #expect(difference.value > 0 && difference.value < 1)
    let place = try #require(difference.place)
    #expect(place.hasPrefix("test auc/") || place.hasPrefix("validation auc/"))
    let same = Verification(record, repeated: record).difference(in: .auc, cells: true)
    #expect(same.value == 0 && same.place == nil)
  }
}
