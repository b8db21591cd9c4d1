import AESM2
import Baselines
import Configuration
import ExperimentsTestKit
import Ranking
import Reporting
import TestKit
import Testing
import Training

// Internal: violations of trials.
@testable import Experiments

@Suite struct SearchConstraintsTests {
  private let catalog = Catalog([SharedBottom.self, MMoE.self])
  private let training = SettingsSchema(trainer: TrainingOptions.self)

  private func planned(_ search: String, vocabulary: Int = 50) throws -> (
    ExperimentSpecification, Plan
  ) {
    let spec = try ExperimentSpecification(
      yaml: "id: a\ndataset: {cache: c}\nmodels: [{id: mmoe}]\nsearch: {\(search)}",
      file: "a.yaml", catalog: catalog, training: training)
    let problem = TinyProblem.oneLevel.problem.withVocabularies(of: vocabulary)
    let plan = try Plan(
      spec, catalog: catalog, training: training, dataset: "data", problem: problem)
    return (spec, plan)
  }

  private func parameters(_ run: Plan.Run) throws -> Int {
    try catalog.entry("mmoe").build(
      run.configuration.settings, for: TinyProblem.oneLevel.problem.withVocabularies(of: 50),
      seed: 0
    ).store.parameterCount
  }

  @Test func theSizesOfParametersAreThoseOfABuiltModel() throws {
    for entry in Catalog(baselineCatalog + [AESM2.self]).entries {
      let built = try entry.build(for: TinyProblem.oneLevel.problem, seed: 1).store.parameters
      let sizes = try entry.parameterSizes(for: TinyProblem.oneLevel.problem)
      #expect(built.map(\.name) == sizes.map(\.name))
      #expect(built.map(\.value.count) == sizes.map(\.count))
      #expect(built.map(\.isTable) == sizes.map(\.isTable))
    }
  }

  @Test func tablesOfAnySizeAreCounted() throws {
    let problem = TinyProblem.oneLevel.problem
    func count(_ vocabulary: Int) throws -> Int {
      try catalog.entry("mmoe").parameterSizes(for: problem.withVocabularies(of: vocabulary))
        .reduce(0) { $0 + $1.count }
    }
    let perID = try count(3) - count(2)
    #expect(try count(2_000_000_002) == count(2) + 2_000_000_000 * perID)
  }

  @Test func aGridPointAboveTheBoundIsExcludedAndTheTableSaysSo() throws {
    let search = "strategy: grid, model: {embeddingSize: [2, 4, 8, 16, 32]}"
    let counts = try planned(search).1.runs { _ in nil }.map(parameters)
    #expect(counts == counts.sorted())
    let (spec, plan) = try planned(search + ", constraints: {parameters: {atMost: \(counts[2])}}")
    let runs = try plan.runs { _ in nil }
    #expect(runs.prefix(3).allSatisfy { $0.extent == .whole })
    #expect(
      runs.suffix(2).map(\.extent)
        == counts.suffix(2).map { .excluded("has \($0) parameters, more than \(counts[2])") })

    let folder = try TemporaryFolder()
    let store = RunStore(at: folder.path + "/runs")
    let executor = FakeExecutor()
    let summary = try SweepRunner(
      plan: plan, store: store, launcher: InProcessLauncher(executor: executor)
    ).run()
    #expect(summary.isComplete && summary.counts == [.done: 4, .excluded: 2])
    #expect(executor.executions.withLock { $0.count } == 4)
    let status = try ExperimentStatus(of: plan, in: store)
    #expect(status.rows[0].isComplete && status.rows[0].counts[.excluded] == 2)
    let results = try Results(of: plan, in: StoredOutcomes(in: store))
    #expect(results.lines.count { $0.outcome.exclusion != nil } == 2)
    let again = try Results(jsonLines: results.jsonLines, file: "runs.jsonl")
    #expect(again == results)
    let table = try #require(
      try Report.make(specification: spec, results: again, catalog: catalog).text("table.md"))
    #expect(
      table.contains(
        "MMoE: trials were to have at most \(counts[2]) parameters; 2 of 5 were excluded for it and "
          + "not run."))
  }

  @Test func aDrawAboveTheBoundIsDrawnAgain() throws {
    let search = "strategy: random, trials: 30, model: {embeddingSize: [2, 4, 8, 16, 32]}"
    let free = try planned(search).1.runs { _ in nil }
    let bound = try parameters(free[0])
    #expect(try free.contains { try parameters($0) > bound })
    let bounded = try planned(search + ", constraints: {parameters: {atMost: \(bound)}}").1
      .runs { _ in nil }
    #expect(try bounded.allSatisfy { try parameters($0) <= bound && $0.extent == .whole })
    for (before, after) in zip(free, bounded) where try parameters(before) <= bound {
      #expect(before == after)
    }
  }

  @Test func theDefaultsMayBeExcludedButNotTheOnlyTrial() throws {
    let plan = try planned(
      "strategy: random, trials: 3, model: {embeddingSize: [2], expertSizes: [[2]]}, "
        + "constraints: {parameters: {atMost: 3000}}"
    ).1
    let runs = try plan.runs { _ in nil }
    #expect(runs.map { $0.extent == .whole } == [false, true, true])
    let error = #expect(throws: Diagnostic.self) {
      try planned("constraints: {parameters: {atMost: 10}}")
    }
    #expect(
      error?.description.hasSuffix(
        "parameters, more than 10, which its search excludes, and it has no other trial") == true)
  }

  @Test func aGridWhoseTrialsAreAllExcludedIsRefused() throws {
    let error = #expect(throws: Diagnostic.self) {
      try planned(
        "strategy: grid, training: {learningRate: [0.1, 0.01]}, constraints: {parameters: {atMost: 10}}"
      )
    }
    #expect(
      error?.description.contains("its search excludes all 2 trials, the first of which has ")
        == true, "\(error?.description ?? "no error")")
  }

  @Test func memoryGrowsWithTheBatchAndTheOptimizerState() throws {
    func estimate(_ overrides: [String: ConfigurationValue], vocabulary: Int) throws
      -> MemoryEstimate
    {
      try MemoryEstimate(
        catalog.entry("mmoe"), [:], TrainingOptions(overriding: overrides),
        for: TinyProblem.oneLevel.problem.withVocabularies(of: vocabulary))
    }
    let bytes = try [1024, 2048, 3072].map {
      try estimate(["batchSize": .integer($0)], vocabulary: 10).byteCount
    }
    #expect(bytes[1] > bytes[0])
    #expect(abs((bytes[2] - bytes[1]) - (bytes[1] - bytes[0])) < 1000)
    // Adam has two numbers per weight, SGD one.
    let adam = try estimate([:], vocabulary: 100_000)
    let sgd = try estimate(["optimizer": .string("sgd")], vocabulary: 100_000)
    #expect(adam.byteCount - sgd.byteCount == 4 * adam.parameterCount)
    let last = try estimate(["keptWeights": .string("last")], vocabulary: 100_000)
    #expect(adam.byteCount - last.byteCount == 4 * adam.parameterCount)
    // ExcessMTL has a number per objective and balanced weight.
    let balanced = try ["pcgrad", "excess-mtl"].map { id in
      try estimate(
        ["balancing": .string(id), "balancedParameters": .string("all")], vocabulary: 100_000)
    }
    let taskCount = TinyProblem.oneLevel.problem.tasks.count
    #expect(
      balanced[1].byteCount - balanced[0].byteCount == 4 * taskCount * adam.parameterCount)
  }

  @Test(arguments: [
    ("parameters: 5", "constraints.parameters: must be a mapping"),
    ("parameters: {atMost: 1.5}", "must be a positive whole number, such as 2e6"),
    ("parameters: {atmost: 5}", "unknown key 'atmost'; did you mean 'atMost'?"),
    ("paramters: {atMost: 5}", "unknown key 'paramters'; did you mean 'parameters'?"),
    ("memory: {atMost: 2 gigabytes}", "must be a size, such as 500MB or 2GB, but is '2 gigabytes'"),
    ("memory: {atMost: -2GB}", "must be a size"),
  ])
  func refusesWithASentence(constraints: String, message: String) {
    let error = #expect(throws: Diagnostic.self) {
      try planned("strategy: random, trials: 2, constraints: {\(constraints)}")
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("2GB", 2_000_000_000), ("1.5 MB", 1_500_000), ("10kB", 10_000), ("2.3 gb", 2_300_000_000),
    ("1e3 MB", 1_000_000_000), ("1.5GiB", 1_610_612_736), ("512 mib", 536_870_912), ("4k", 4000),
    ("4096", 4096),
  ])
  func bothSizesOfMemoryAreReadWithTheirUnits(text: String, bytes: Int) throws {
    let spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nlimits: {memory: \(text)}\n"
        + "search: {constraints: {memory: {atMost: \(text)}}}")
    #expect(spec.rows[0].search.constraints.memory == bytes)
    #expect(spec.limits.memory == bytes)
  }

  @Test(arguments: ["2 gigabytes", "-2GB", "GB", "0", "0.1", "1e40", "2 GB 3", "0x10", "infGB"])
  func neitherSizeOfMemoryMayBe(text: String) {
    for (key, problem) in [
      ("limits: {memory: \(text)}", "limits.memory: '\(text)' is no size of memory"),
      (
        "search: {constraints: {memory: {atMost: \(text)}}}",
        "constraints.memory.atMost: must be a size, such as 500MB or 2GB, but is '\(text)'"
      ),
    ] {
      let error = #expect(throws: Diagnostic.self) {
        try specification("id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\n\(key)")
      }
      #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }
  }
}
