import AESM2
import Baselines
import Datasets
import ExperimentsTestKit
import Foundation
import Ranking
import Reporting
import Synchronization
import TestKit
import Testing
import Training

// Internal: targets and pauses of a run folder.
@testable import Experiments

/// The whole way with real models on a small synthetic twin.
@Suite struct TrainingRunExecutorTests {
  private let folder: TemporaryFolder
  private let catalog = Catalog([SharedBottom.self, MMoE.self])
  private let training = SettingsSchema(trainer: TrainingOptions.self)

  private static let yaml = """
    id: tiny
    dataset:
      cache: cache
      synthetic:
        recipe: entrance-card
        rows: 24000
        settings: {ctrMultiplier: 4, ctcvrMultiplier: 5}
    models: [{id: shared-bottom}, {id: mmoe}]
    training: {epochs: 1, batchSize: 512}
    seeds: 2
    metrics: [auc]
    """

  init() throws { folder = try TemporaryFolder() }

  private func prepared(yaml: String = yaml) throws -> (ExperimentSpecification, Dataset, Plan) {
    let spec = try ExperimentSpecification(
      yaml: yaml, file: "tiny.yaml", catalog: catalog, training: training)
    let dataset = try spec.dataset.open(relativeTo: folder.path)
    let plan = try Plan(spec, catalog: catalog, training: training, on: dataset)
    return (spec, dataset, plan)
  }

  @Test func makesTheDataTrainsAndReports() throws {
    let (spec, dataset, plan) = try prepared()
    let store = RunStore(at: folder.path + "/runs")
    let launcher = InProcessLauncher(
      executor: TrainingRunExecutor(catalog: catalog, dataset: dataset))
    let summary = try SweepRunner(plan: plan, store: store, launcher: launcher).run()
    #expect(summary.isComplete, "\(summary.problems)")
    let results = try Results(of: plan, in: StoredOutcomes(in: store))
    let report = try Report.make(specification: spec, results: results, catalog: catalog)
    let table = try #require(report.text("table.md"))
    #expect(table.contains("| best reachable | 0.") && table.contains("| true probabilities | 0."))
    let again = try Results(jsonLines: results.jsonLines, file: "runs.jsonl")
    #expect(try Report.make(specification: spec, results: again, catalog: catalog) == report)
    for line in results.lines {
      let directory = store.directory(line.outcome.configuration.id)
      #expect(FileManager.default.fileExists(atPath: directory.weightsPath))
      #expect(FileManager.default.fileExists(atPath: directory.curvesPath))
      let events = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        .filter { $0.contains("tfevents") }
      #expect(events.count == 1)
      let bytes = try #require(
        FileManager.default.contents(atPath: "\(directory.path)/\(events[0])"))
      #expect(bytes.range(of: Data("validation/auc/macro".utf8)) != nil)
      #expect(!FileManager.default.fileExists(atPath: directory.checkpointPath))
      let record = try #require(line.outcome.record)
      let work = try #require(record.work)
      let forward = try #require(work.forwardOperationsPerRow)
      let training = try #require(work.trainingOperationsPerRow)
      // Backward, every product has two.
      #expect((2.5...3.2).contains(training / forward), "\(training) / \(forward)")
      #expect((1..<record.parameterCount).contains(work.tableParameterCount))
      #expect(try #require(record.timing.peakByteCount) > 1_000_000)
    }
    #expect(try spec.dataset.open(relativeTo: folder.path).fingerprint == dataset.fingerprint)
  }

  @Test func runsInWhichNothingVariesHaveNoSpread() throws {
    let fixed = "training: {fixedSeeds: {initialization: 1, order: 1, noise: 1}}"
    let (_, dataset, plan) = try prepared(
      yaml: Self.yaml
        .replacing("{id: mmoe}", with: "{id: shared-bottom, label: Nothing, \(fixed)}")
        .replacing("batchSize: 512", with: "batchSize: 512, trainingShare: 0.2"))
    let store = RunStore(at: folder.path + "/runs")
    let launcher = InProcessLauncher(
      executor: TrainingRunExecutor(catalog: catalog, dataset: dataset))
    #expect(try SweepRunner(plan: plan, store: store, launcher: launcher).run().isComplete)
    let results = try Results(of: plan, in: StoredOutcomes(in: store))
    func grids(_ row: String) -> [MetricGrid] {
      results.lines.filter { $0.row == row }.compactMap { $0.outcome.record?.test }
    }
    let (still, free) = (grids("Nothing"), grids("Shared-Bottom"))
    try #require(still.count == 2 && free.count == 2)
    #expect(still[0] == still[1] && still[0] == free[0])
    #expect(free[0] != free[1])
  }

  @Test func stoppedAndResumedRunsHaveTheSameBits() throws {
    let (_, dataset, plan) = try prepared()
    let configuration = try #require(try plan.runs { _ in nil }.last).configuration
    let executor = TrainingRunExecutor(catalog: catalog, dataset: dataset)
    func finish(in name: String, stops: Int) throws -> (RunRecord, Data) {
      let directory = try RunStore(at: "\(folder.path)/\(name)").prepare(configuration)
      for _ in 0..<stops {
        let control = RunControl()
        control.stop.request()
        #expect(
          try RunAttempt(in: directory, executor: executor, control: control).perform() == .stopped)
      }
      let end = try RunAttempt(
        in: directory, executor: executor, control: RunControl()
      ).perform()
      #expect(end == .finished)
      var record = try #require(try directory.outcome()?.record)
      record.timing = RunRecord.Timing(secondsPerEpoch: 1, rowsPerSecond: 1)
      record.provenance = fakeProvenance
      let weights = try #require(FileManager.default.contents(atPath: directory.weightsPath))
      return (record, weights)
    }
    let whole = try finish(in: "whole", stops: 0)
    let pieces = try finish(in: "pieces", stops: 3)
    #expect(whole.0 == pieces.0)
    #expect(whole.1 == pieces.1)
  }

  /// A scheduler pauses a run after every epoch; a kill may fall between checkpoint and pause.
  @Test func aRunThatPausesAtRungsHasTheBitsOfAWholeOne() throws {
    let (_, dataset, plan) = try prepared(
      yaml: Self.yaml.replacing("epochs: 1,", with: "epochs: 3, patience: 0,"))
    let configuration = try #require(try plan.runs { _ in nil }.last).configuration
    let steps = Mutex<[Int]>([])
    let executor = TrainingRunExecutor(
      catalog: catalog, dataset: dataset,
      observer: { event in
        if case .step(let report) = event { steps.withLock { $0.append(report.step) } }
      })
    func finish(in name: String, targets: [Int]) throws -> (RunRecord, Data, [Int]) {
      steps.withLock { $0 = [] }
      let directory = try RunStore(at: "\(folder.path)/\(name)").prepare(configuration)
      func perform(_ target: Int?) throws -> RunEnd {
        try directory.setTarget(target)
        return try RunAttempt(in: directory, executor: executor, control: RunControl()).perform()
      }
      for target in targets {
        #expect(try perform(target) == .paused)
        let pause = try #require(try directory.pause())
        #expect(pause.epochs == target && pause.validationScore.count == target)
        // As if the process had been killed before the pause was written.
        try FileManager.default.removeItem(atPath: directory.pausePath)
        let taken = steps.withLock { $0.count }
        #expect(try perform(target) == .paused)
        let again = try #require(try directory.pause())
        #expect(again.validationScore == pause.validationScore && again.steps == pause.steps)
        #expect(steps.withLock { $0.count } == taken)
      }
      #expect(try perform(nil) == .finished)
      var record = try #require(try directory.outcome()?.record)
      record.timing = RunRecord.Timing(secondsPerEpoch: 1, rowsPerSecond: 1)
      record.provenance = fakeProvenance
      let weights = try #require(FileManager.default.contents(atPath: directory.weightsPath))
      return (record, weights, steps.withLock { $0 })
    }
    let whole = try finish(in: "whole", targets: [])
    let pieces = try finish(in: "pieces", targets: [1, 2])
    #expect(whole.0 == pieces.0 && whole.1 == pieces.1)
    #expect(whole.2 == Array(1...whole.0.course.steps) && pieces.2 == whole.2)
    let pause = try #require(
      try RunStore(at: folder.path + "/pieces").directory(configuration.id).pause())
    #expect(pause.validationScore == Array(whole.0.course.validationScore.prefix(2)))
    let cut = RunPause(of: whole.0).cut(after: 2)
    #expect(cut.steps == pause.steps && cut.validationScore == pause.validationScore)
  }

  @Test func saysWhatIsWrongWithTheData() throws {
    _ = try prepared()
    func message(_ yaml: String) -> String {
      "\(#expect(throws: (any Error).self) { try prepared(yaml: yaml) }.map { "\($0)" } ?? "")"
    }
    #expect(
      message(Self.yaml.replacing("rows: 24000", with: "rows: 25000"))
        .contains("was made with rows 24000, but the specification says 25000"))
    #expect(
      message(Self.yaml.replacing("entrance-card", with: "entrance-cart"))
        .contains("did you mean 'entrance-card'?"))
    #expect(
      message(Self.yaml + "\nselection: {metric: auc/ctrr}")
        .contains("selection.metric: unknown metric 'auc/ctrr'; did you mean"))
    let missing = "id: a\ndataset: {cache: nowhere}\nmodels: [{id: mmoe}]"
    #expect(message(missing).contains("there is no data set cache"))
  }

  @Test func refusesRunsOnOtherData() throws {
    let (_, dataset, plan) = try prepared()
    var configuration = try #require(try plan.runs { _ in nil }.first).configuration
    configuration.dataset = String(repeating: "0", count: 64)
    let directory = try RunStore(at: folder.path + "/runs").prepare(configuration)
    let end = try RunAttempt(
      in: directory, executor: TrainingRunExecutor(catalog: catalog, dataset: dataset),
      control: RunControl()
    ).perform()
    guard case .failed(let message) = end else {
      Issue.record("\(end)")
      return
    }
    #expect(message.contains("the run is on the data set 000000000000, but"))
  }
}
