import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Testing

@Suite struct SearchStrategyTests {
  private func trials(_ search: String, model: String = "alpha") throws -> [Trial] {
    let spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: \(model)}]\nsearch: \(search)")
    return try spec.rows[0].strategy.nextRound(after: [], in: space(of: model))
  }

  private func space(of model: String) throws -> SearchSpace {
    SearchSpace(model: SettingsSchema(try toyCatalog.entry(model)), training: toyTraining)
  }

  @Test func trialZeroIsTheDefaults() throws {
    let first = try #require(try trials("{strategy: random, trials: 4}").first)
    #expect(try first.settings == toyCatalog.entry("alpha").resolve([:]))
    #expect(try first.training == toyTraining.resolve([:]))
  }

  @Test func drawsStayInTheirSpaces() throws {
    for trial in try trials("{strategy: random, trials: 60}").dropFirst() {
      let strength = try #require(
        trial.settings["strength"].flatMap(Double.init(configuration:)))
      #expect((0.1...0.9).contains(strength))
      let rate = try #require(
        trial.training["learningRate"].flatMap(Double.init(configuration:)))
      #expect((3e-4...3e-2).contains(rate))
      #expect(trial.settings["depth"] == .integer(1))
    }
  }

  @Test func aSettingMoreDoesNotMoveTheOthers() throws {
    let few = try trials("{strategy: random, trials: 6, seed: 3}")
    let more = try trials(
      "{strategy: random, trials: 6, seed: 3, model: {depth: [1, 2]}, training: {epochs: [1, 2]}}")
    let longer = try trials("{strategy: random, trials: 9, seed: 3}")
    #expect(more.contains { $0.settings["depth"] == .integer(2) })
    for number in 1..<6 {
      #expect(more[number].settings["width"] == few[number].settings["width"])
      #expect(more[number].settings["strength"] == few[number].settings["strength"])
      #expect(more[number].training["learningRate"] == few[number].training["learningRate"])
      #expect(longer[number] == few[number])
    }
  }

  @Test func modelsSeedsAndDrawsHaveStreamsOfTheirOwn() throws {
    let alpha = try trials("{strategy: random, trials: 9}")
    let beta = try trials("{strategy: random, trials: 9}", model: "beta")
    let other = try trials("{strategy: random, trials: 9, seed: 1}")
    #expect(alpha.map { $0.training["learningRate"] } != beta.map { $0.training["learningRate"] })
    #expect(alpha.map { $0.training["learningRate"] } != other.map { $0.training["learningRate"] })
    #expect(Set(alpha.dropFirst().map { "\($0.settings["strength"] ?? .null)" }).count == 8)
  }

  @Test func wholeNumbersAreDrawnFromIntervalsAsWholeNumbers() throws {
    let widths = try trials(
      "{strategy: random, trials: 40, model: {width: {uniform: [10, 20]}}}"
    ).dropFirst().compactMap { $0.settings["width"].flatMap(Int.init(configuration:)) }
    #expect(widths.count == 39 && widths.allSatisfy((10...20).contains) && Set(widths).count > 5)
  }

  @Test func drawsAgainWhatDoesNotFitTogether() throws {
    let drawn = try trials(
      "{strategy: random, trials: 30, model: {width: [1, 8], depth: [1, 8]}}")
    for trial in drawn.dropFirst() {
      #expect(
        !(trial.settings["width"] == .integer(1) && trial.settings["depth"] == .integer(8)))
    }
    let error = #expect(throws: Diagnostic.self) {
      try trials("{strategy: random, trials: 2, model: {width: [1], depth: [8]}}")
    }
    #expect(error?.description.contains("no settings that fit together in 100 attempts") == true)
  }

  @Test func aLatinHypercubeHasOneTrialInEveryPartOfARange() throws {
    let hypercube = try trials(
      "{strategy: latin-hypercube, trials: 41, seed: 5, model: {depth: [1, 2, 3, 4]}}")
    let strengths = hypercube.dropFirst().compactMap {
      $0.settings["strength"].flatMap(Double.init(configuration:))
    }
    #expect(Set(strengths.map { Int(($0 - 0.1) / 0.8 * 40) }) == Set(0..<40))
    let rates = hypercube.dropFirst().compactMap {
      $0.training["learningRate"].flatMap(Double.init(configuration:))
    }
    let parts = rates.map { Int(log($0 / 3e-4) / log(100) * 40) }
    #expect(Set(parts) == Set(0..<40) && parts != strengths.map { Int(($0 - 0.1) / 0.8 * 40) })
    for depth in 1...4 {
      #expect(hypercube.dropFirst().count { $0.settings["depth"] == .integer(depth) } == 10)
    }
  }

  @Test func aGridTakesEveryCombinationOnce() throws {
    let grid = try trials(
      "{strategy: grid, model: {width: [4, 8], strength: [0.1, 0.2, 0.3]}, training: {epochs: [1, 2]}}"
    )
    #expect(grid.count == 12)
    #expect(grid.map(\.number) == Array(0..<12))
    #expect(Set(grid.map { "\($0.settings)\($0.training)".count }).isEmpty == false)
    let distinct = Set(
      grid.map { trial in
        ConfigurationValue.object(trial.settings.merging(trial.training) { a, _ in a })
          .canonicalJSON
      })
    #expect(distinct.count == 12)
  }

  @Test func aGridRefusesIntervals() {
    let error = #expect(throws: Diagnostic.self) {
      try trials("{strategy: grid, model: {strength: {uniform: [0, 1]}}}")
    }
    #expect(error?.description.contains("strength needs a list of values") == true)
  }
}
