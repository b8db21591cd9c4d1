import Experiments
import TensorCore
import Testing

@Suite struct AreaUnderCurveTests {
  private func floats(_ row: StatisticsFixture, _ key: String) throws -> [Float] {
    try row.numbers(key).map(Float.init)
  }

  @Test func errorsAgreeWithTheDefinition() throws {
    for row in try StatisticsFixture("areas")["cases"].cases {
      let labels = try row.numbers("labels").map { $0 == 1 }
      let first = try #require(Placements(scores: try floats(row, "first"), labels: labels))
      let second = try #require(Placements(scores: try floats(row, "second"), labels: labels))
      expectClose([first.area, second.area], try row.numbers("areas"), within: 1e-12)
      expectClose(
        [try #require(first.estimate).standardError, try #require(second.estimate).standardError],
        try row.numbers("errors"), within: 1e-12)
      let difference = try #require(first.difference(from: second))
      expectClose(
        [difference.standardError, try #require(difference.probability)],
        [try row.number("difference_error"), try row.number("probability")], within: 1e-10)
    }
  }

  @Test func areasNeedBothClasses() {
    #expect(Placements(scores: [1, 2], labels: [true, true]) == nil)
    #expect(Placements(scores: [], labels: []) == nil)
    #expect(Placements(scores: [1, 2, 3], labels: [true, false, false])?.estimate == nil)
    let equal = Placements(scores: [1, 1, 1, 1], labels: [true, false, true, false])
    #expect(equal?.area == 0.5)
    #expect(equal.flatMap { $0.difference(from: $0) }?.probability == nil)
  }

  @Test func meanPlacesHaveTheMeanArea() throws {
    let row = try #require(try StatisticsFixture("areas")["cases"].cases.first)
    let labels = try row.numbers("labels").map { $0 == 1 }
    let both = try ["first", "second"].compactMap {
      Placements(scores: try floats(row, $0), labels: labels)
    }
    let mean = try #require(Placements.mean(both))
    expectClose([mean.area], [(both[0].area + both[1].area) / 2], within: 1e-14)
    // The variance of a mean of two: between a quarter of their sum and the larger of them.
    let errors = both.compactMap(\.estimate?.standardError)
    let error = try #require(mean.estimate).standardError
    #expect(error < errors.max() ?? 0)
    #expect(error * error > (errors[0] * errors[0] + errors[1] * errors[1]) / 4)
    #expect(Placements.mean([]) == nil)
  }

  @Test func independentEstimatesAreAveraged() throws {
    let mean = try #require(
      NormalEstimate.mean(ofIndependent: [
        NormalEstimate(value: 1, standardError: 3), NormalEstimate(value: 2, standardError: 4),
      ]))
    #expect(mean == NormalEstimate(value: 1.5, standardError: 2.5))
    expectClose(
      [mean.interval().lowerBound, mean.interval().upperBound],
      [1.5 - 2.5 * 1.959963984540054, 1.5 + 2.5 * 1.959963984540054], within: 1e-9)
    #expect(NormalEstimate.mean(ofIndependent: []) == nil)
  }

  // MARK: - Bootstrap

  private func clustered() throws -> (row: StatisticsFixture, AreaBootstrap, scores: [Float]) {
    let row = try StatisticsFixture("areas")["clusters"]
    let bootstrap = AreaBootstrap(
      labels: try row.numbers("labels").map { $0 == 1 },
      scenarios: try row.numbers("scenarios").map(Int32.init), scenarioCount: 3,
      clusters: try row.numbers("users").map(Int32.init))
    return (row, bootstrap, try floats(row, "scores"))
  }

  @Test func bootstrapAreasAgreeWithTheDefinition() throws {
    let (row, bootstrap, scores) = try clustered()
    let areas = bootstrap.areas(scores: [scores])[0]
    expectClose(
      areas.scenarios.compactMap { $0 } + [try #require(areas.pooled)],
      try row.numbers("by_scenario") + [try row.number("pooled")], within: 1e-12)
  }

  /// The standard deviations of both bootstraps, of 1000 and 1500 replicates, have a relative error of
  /// about 3 %.
  @Test func bootstrapSpreadAgreesWithNumPy() throws {
    let (row, bootstrap, scores) = try clustered()
    let replicates = bootstrap.replicates(scores: [scores], count: 1000, seed: 2).map { $0[0] }
    let pooled = try #require(Summary(replicates.compactMap(\.pooled))?.deviation)
    let macro = try #require(Summary(replicates.compactMap(\.macro))?.deviation)
    #expect(abs(pooled / (try row.number("pooled_deviation")) - 1) < 0.12)
    #expect(abs(macro / (try row.number("macro_deviation")) - 1) < 0.12)
    let interval = percentileInterval(replicates.compactMap(\.pooled))
    expectClose(
      [interval.lowerBound, interval.upperBound], try row.numbers("pooled_interval"),
      within: 0.3 * pooled)
  }

  /// Ten copies of every row are no more data than one: by clusters the spread stays that of the rows,
  /// by rows it becomes smaller by √10.
  @Test func clustersKeepCopiesOfRowsTogether() throws {
    let row = try #require(try StatisticsFixture("areas")["cases"].cases.last)
    let labels = try row.numbers("labels").map { $0 == 1 }
    let scores = try floats(row, "first")
    func copies<Value>(_ values: [Value]) -> [Value] {
      values.flatMap { Array(repeating: $0, count: 10) }
    }
    func deviation(_ labels: [Bool], _ scores: [Float], clusters: [Int32]?) throws -> Double {
      let bootstrap = AreaBootstrap(
        labels: labels, scenarios: labels.map { _ in 0 }, scenarioCount: 1, clusters: clusters)
      let areas = bootstrap.replicates(scores: [scores], count: 400).compactMap { $0[0].pooled }
      return try #require(Summary(areas)?.deviation)
    }
    let single = try deviation(labels, scores, clusters: nil)
    let clustered = try deviation(
      copies(labels), copies(scores), clusters: copies(labels.indices.map(Int32.init)))
    let independent = try deviation(copies(labels), copies(scores), clusters: nil)
    #expect(abs(clustered / single - 1) < 1e-9)
    #expect(abs(clustered / independent / 10.0.squareRoot() - 1) < 0.15)
  }

  @Test func replicatesDependOnSeedAlone() throws {
    let (_, bootstrap, scores) = try clustered()
    func replicates(seed: UInt64, count: Int = 20) -> [[AreaBootstrap.Areas]] {
      bootstrap.replicates(scores: [scores, scores], count: count, seed: seed)
    }
    let all = replicates(seed: 7)
    #expect(all == replicates(seed: 7))
    #expect(Array(all.prefix(5)) == replicates(seed: 7, count: 5))
    #expect(all != replicates(seed: 8))
    // Models are measured on the same replicates.
    #expect(all.allSatisfy { $0[0] == $0[1] })
  }

  @Test func everyReplicateHasTheClustersOfItsStrata() {
    // One user per scenario: every replicate is the test set itself.
    let bootstrap = AreaBootstrap(
      labels: [true, false, false, true, true, false], scenarios: [0, 0, 1, 1, 1, 1],
      scenarioCount: 3, clusters: [9, 9, 4, 4, 4, 4])
    let scores: [Float] = [2, 1, 3, 3, 5, 4]
    let areas = bootstrap.areas(scores: [scores])
    #expect(areas[0].scenarios == [1, 0.625, nil])
    #expect(bootstrap.replicates(scores: [scores], count: 3) == [areas, areas, areas])
  }
}
