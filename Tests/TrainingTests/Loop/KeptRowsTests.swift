import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: kept rows.
@testable import Training

@Suite("A share of the training rows") struct KeptRowsTests {
  private func options(_ share: Double = 1, _ scenarios: [String: Double] = [:]) throws
    -> TrainingOptions
  {
    try TrainingOptions(overriding: [
      "trainingShare": .number(share), "scenarioShares": scenarios.configuration,
    ])
  }

  private func numbers(
    _ share: Double, _ scenarios: [String: Double] = [:], of rows: any RowSource
  ) throws -> [Int32] {
    try #require(try options(share, scenarios).keptRows(of: rows) as? KeptRows).numbers
  }

  @Test func isPartOfEveryLargerShareAndAboutAsLargeAsAsked() throws {
    let rows = ToyRows(count: 4000, seed: 1)
    let shares = [0.03, 0.1, 0.3, 0.7]
    let kept = try shares.map { Set(try numbers($0, of: rows)) }
    for (small, large) in zip(kept, kept.dropFirst()) { #expect(small.isStrictSubset(of: large)) }
    for (share, kept) in zip(shares, kept) {
      // Within four standard deviations of a binomial count.
      let (mean, variance) = (4000 * share, 4000 * share * (1 - share))
      #expect(abs(Double(kept.count) - mean) < 4 * variance.squareRoot(), "\(share): \(kept.count)")
    }
    // Rows that follow do not change those before them.
    let shorter = try numbers(0.1, of: ToyRows(count: 1000, seed: 1))
    #expect(try numbers(0.1, of: rows).filter { $0 < 1000 } == shorter)
  }

  @Test func ofOneIsAllRowsAsTheyAre() throws {
    #expect(try options().keptRows(of: ToyRows(count: 10, seed: 1)) is ToyRows)
    #expect(try options().configuration["trainingShare"] == nil)
    #expect(try options().configuration["scenarioShares"] == nil)
  }

  @Test func ofAScenarioLeavesTheOthersWhole() throws {
    let rows = ToyRows(count: 2000, seed: 1)
    let kept = try #require(try options(1, ["b": 0.1]).keptRows(of: rows) as? KeptRows)
    func all(ofLeaf leaf: Int32) -> [Int32] {
      rows.leaves.indices.filter { rows.leaves[$0] == leaf }.map(Int32.init)
    }
    let tenth = Set(try numbers(0.1, of: rows))
    #expect(
      kept.numbers
        == (all(ofLeaf: 0) + all(ofLeaf: 1).filter(tenth.contains) + all(ofLeaf: 2)).sorted())
    let few = all(ofLeaf: 1).filter(tenth.contains).count
    #expect(few > 0)
    #expect(
      kept.note
        == "Trained on \(kept.rowCount) of 2000 training rows, \(few) of \(all(ofLeaf: 1).count) of 'b'."
    )
    // With a share of all, the two are multiplied.
    let both = try numbers(0.5, ["b": 0.2], of: rows)
    #expect(both.filter { rows.leaves[Int($0)] == 1 } == all(ofLeaf: 1).filter(tenth.contains))
  }

  @Test func ofANodeHoldsForItsLeavesUnlessOneHasItsOwn() throws {
    let problem = Problem(
      fields: [],
      scenarios: ScenarioTree(
        levels: [
          .init(name: "region", values: ["north", "south"]),
          .init(name: "place", values: ["air/port", "city"]),
        ], leaves: [[0, 0], [0, 1], [1, 0]]), tasks: [RankingTask(name: "click")])
    let rows = InMemoryRows(
      problem: problem, rows: (0..<900).map { .init(ids: [], leaf: Int32($0 % 3), labels: [1]) })
    func kept(_ shares: [String: Double]) throws -> [Int] {
      let chosen = try numbers(1, shares, of: rows)
      return (0..<3).map { leaf in chosen.count { Int($0) % 3 == leaf } }
    }
    let north = try kept(["north": 0.1])
    #expect((5...60).contains(north[0]) && (5...60).contains(north[1]) && north[2] == 300)
    #expect(try kept(["north": 0.1, "north/city": 1]) == [north[0], 300, 300])
    #expect(try kept(["north/\"air/port\"": 0.1]) == [north[0], 300, 300])
    #expect(
      sentence { _ = try kept(["north/citty": 0.1]) }
        == "scenarioShares: unknown scenario 'north/citty'; did you mean 'north/city'? "
        + "(known: north, north/\"air/port\", north/city, south, south/\"air/port\")")
    #expect(
      sentence { _ = try kept(["north": 0.1, "\"north\"": 0.2]) }
        == "scenarioShares: 'north' is given twice")
  }

  @Test func withoutARowIsRefusedBeforeTraining() {
    #expect(
      sentence { _ = try toySession(["trainingShare": .number(1e-6)]) }
        == "trainingShare: 1e-06 keeps none of the 300 training rows; use a larger share")
    let count = ToyRows(count: 300, seed: 1).leaves.count { $0 == 1 }
    #expect(
      sentence { _ = try toySession(["scenarioShares": ["b": 1e-6].configuration]) }
        == "scenarioShares: keeps none of the \(count) training rows of 'b'; use a larger share")
  }

  @Test func decidesOnTheStepsOfAnEpochAndOnTheRowsThatARunCounts() throws {
    let kept = try numbers(0.5, of: ToyRows(count: 300, seed: 1)).count
    let session = try toySession([
      "trainingShare": .number(0.5), "evaluationsPerEpoch": .integer(2),
    ])
    #expect(session.stepsPerEpoch == (kept + 63) / 64)
    #expect(session.plannedStepCount == 3 * session.stepsPerEpoch)
    let outcome = try #require(try session.run().outcome)
    #expect(outcome.rowCount == 3 * kept)
    #expect(outcome.curve.count == 6)
    #expect(outcome.notes.contains("Trained on \(kept) of 300 training rows."))
    // The batches of an epoch are the kept rows, each once.
    let rows = ToyRows(count: 300, seed: 1)
    let batches = session.batches.prefetched(epoch: 1, from: 0)
    var prices: [Float] = []
    while let batch = try batches.next() {
      let values = batch.rows.batch.numericals.values
      prices += stride(from: 0, to: values.count, by: 2).map { values[$0] }
    }
    let expected = try numbers(0.5, of: rows).map { rows.numericals[2 * Int($0)] }
    #expect(prices.sorted() == expected.sorted())
  }
}
