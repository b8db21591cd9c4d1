import Configuration
import ExperimentsTestKit
import Testing
import Training

// Internal: ids.
@testable import Experiments

@Suite struct RunConfigurationTests {
  private let base = RunConfiguration(
    model: "alpha", settings: ["width": .integer(8), "strength": .number(0.12)],
    training: ["learningRate": .number(0.21)], dataset: "data", seed: 1)

  @Test func neighborsHaveOtherIDs() {
    var neighbors = [base]
    func add(_ change: (inout RunConfiguration) -> Void) {
      var neighbor = base
      change(&neighbor)
      neighbors.append(neighbor)
    }
    add { $0.seed = 2 }
    add { $0.model = "beta" }
    add { $0.dataset = "date" }
    add { $0.settings["width"] = .integer(9) }
    add { $0.settings["width"] = .string("8") }
    add { $0.settings["strength"] = .number(0.12.nextUp) }
    add {
      $0.settings["strength"] = .number(0.21); $0.training["learningRate"] = .number(0.12)
    }
    add {
      $0.settings["width"] = nil; $0.training["width"] = .integer(8)
    }
    add { $0.settings["depth"] = .null }
    #expect(Set(neighbors.map(\.id)).count == neighbors.count)
  }

  @Test func theIDIsTheDigestOfTheCanonicalJSON() {
    #expect(base.id == String(Digest(of: base.value.canonicalJSON).description.prefix(32)))
    var same = base
    same.settings["width"] = .number(8)
    #expect(same.id == base.id)
  }

  @Test func namesOfManySeedsAreThoseOfEach() {
    var named = base
    named.model = "a \"model\", \"seed\":1"
    for run in [base, named] {
      let seeds = [run.seed, 0, 12, .max]
      let each = seeds.map { seed in
        var other = run
        other.seed = seed
        return other.id
      }
      #expect(run.ids(seeds: seeds) == each)
    }
    #expect(base.ids(seeds: []).isEmpty)
  }

  @Test func survivesAFile() throws {
    let text = base.value.canonicalJSON
    #expect(try RunConfiguration(try ConfigurationValue(json: text)) == base)
  }

  @Test(arguments: [
    ("\"seed\":1", "\"seed\":\"x\"", "seed: must be a whole number, but is the text 'x'"),
    ("\"seed\":1", "\"sed\":1", "unknown key 'sed'; did you mean 'seed'?"),
    ("\"seed\":1,", "", "lacks the key 'seed'"),
    ("\"semantics\":2", "\"semantics\":99", "semantics is 99, but this version reads 1 to 2"),
    ("\"semantics\":2", "\"semantics\":0", "semantics is 0, but this version reads 1 to 2"),
  ])
  func refusesFilesThatItDidNotWrite(found: String, changed: String, message: String) {
    let text = base.value.canonicalJSON.replacing(found, with: changed)
    let error = #expect(throws: Diagnostic.self) {
      try RunConfiguration(try ConfigurationValue(json: text))
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}

@Suite struct PlanTests {
  @Test func repeatsWhatWasChosenOnEverySeed() throws {
    let plan = try plan(specification(searchYAML))
    #expect(plan.finalCount == 3 * 3 + 3 * 2)
    var done: [String: RunOutcome] = [:]
    let trials = try plan.runs { done[$0] }
    #expect(trials.count == 9 && trials.allSatisfy { $0.purpose == .search })
    for run in trials { done[run.id] = .done(fakeRecord(run.configuration)) }
    let all = try plan.runs { done[$0] }
    let repetitions = all.filter { $0.purpose == .result }
    #expect(repetitions.count == 6)
    for row in ["Alpha", "Beta²", "Alpha wide"] {
      let own = repetitions.filter { $0.row == row }
      #expect(own.map(\.configuration.seed) == [1, 2])
      let chosen = try #require(own.first)
      let best = try trials.filter { $0.row == row }.max { a, b in
        func score(_ run: Plan.Run) throws -> Double {
          try fakeRecord(run.configuration).validation.value(MetricName(.auc, .macro)) ?? 0
        }
        return try score(a) < score(b)
      }
      #expect(chosen.configuration.settings == best?.configuration.settings)
      #expect(chosen.configuration.training == best?.configuration.training)
    }
  }

  @Test func withoutASearchOnlyTheSeedsAreRun() throws {
    let spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nseeds: 3")
    let runs = try plan(spec).runs { _ in nil }
    #expect(runs.map(\.purpose) == [.result, .result, .result])
  }

  @Test func equalConfigurationsShareARunAcrossSpecifications() throws {
    let one = try plan(
      specification("id: a\ndataset: {cache: c}\nmodels: [{id: alpha, label: x}]")
    ).runs { _ in nil }
    let two = try plan(
      specification(
        "id: b\ndataset: {cache: d}\nmodels: [{id: beta}, {id: alpha, settings: {width: 8}}]")
    ).runs { _ in nil }
    #expect(one[0].id == two[1].id)
  }

  @Test(arguments: [
    ("training: {keptWeights: last}", nil),
    ("", "row 'Alpha' keeps the best weights by validation"),
    (
      "training: {keptWeights: last}\nsearch: {strategy: random, trials: 3}",
      "row 'Alpha' has 3 trials to choose from by validation"
    ),
    (
      "search: {strategy: grid, training: {keptWeights: [last]}}", nil
    ),
  ])
  func withoutValidationRowsNothingIsChosenByThem(yaml: String, message: String?) throws {
    let plan = try plan(specification("id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\n\(yaml)"))
    do {
      try plan.checkThatNothingIsChosenByValidation()
      #expect(message == nil)
    } catch let error as Diagnostic {
      #expect(message.map(error.description.hasPrefix) == true, "\(error)")
    }
  }
}
