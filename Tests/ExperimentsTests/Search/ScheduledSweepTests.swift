import Configuration
import ExperimentsTestKit
import Foundation
import Reporting
import Synchronization
import TensorCore
import TestKit
import Testing

// Internal: the verdicts of a scheduler, to derive what a sweep must do.
@testable import Experiments

/// Sweeps of trials that a scheduler prunes, with runs whose curves are known.
@Suite struct ScheduledSweepTests: Sendable {
  private static let schedulers = [
    "asha", "successive-halving", "hyperband",
    "{id: median-stopping, minimumTrials: 3, interval: 3}",
  ]

  private static func yaml(_ scheduler: String, trials: Int = 14, seeds: String = "[11, 12]")
    -> String
  {
    """
    id: scheduled
    dataset: {cache: nowhere}
    models:
      - id: alpha
      - {id: beta, label: Beta}
    training: {epochs: 9}
    search:
      {strategy: random, trials: \(trials), seed: 3, seeds: \(seeds), scheduler: \(scheduler)}
    seeds: 2
    metrics: [auc]
    """
  }

  /// The score rises with the epochs towards a value that the configuration determines.
  @Sendable private static func score(_ configuration: RunConfiguration, _ epoch: Int) -> Double {
    var stream = RandomStreams(seed: 1)["\(configuration.value.canonicalJSON)/curve"]
    let (top, rate) = (0.5 + 0.4 * stream.uniform(), 0.1 + stream.uniform())
    return top * Double(epoch) / (Double(epoch) + rate)
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sweep(
    _ spec: ExperimentSpecification, in store: String, executor: CurveExecutor, jobs: Int = 1,
    stop: StopSignal = StopSignal(), display: any ProgressDisplay = SilentDisplay()
  ) throws -> SweepRunner.Summary {
    try SweepRunner(
      plan: plan(spec), store: RunStore(at: "\(folder.path)/\(store)"),
      launcher: InProcessLauncher(executor: executor), jobs: jobs, stop: stop, display: display
    ).run()
  }

  private func results(_ spec: ExperimentSpecification, in store: String) throws -> Results {
    try Results(
      of: plan(spec), in: StoredOutcomes(in: RunStore(at: "\(folder.path)/\(store)")))
  }

  private func files(_ spec: ExperimentSpecification, in store: String) throws -> [Report.File] {
    try Report.make(
      specification: spec, results: results(spec, in: store), catalog: toyCatalog
    ).files
  }

  @Test(arguments: schedulers) func noEpochIsComputedTwiceAndNoneInVain(scheduler: String) throws {
    let spec = try specification(Self.yaml(scheduler))
    let executor = CurveExecutor(score: Self.score)
    let summary = try sweep(spec, in: "runs", executor: executor, jobs: 8)
    #expect(summary.isComplete, "\(summary.problems)")
    #expect((summary.counts[.pruned] ?? 0) > 0)
    let results = try results(spec, in: "runs")
    #expect(results.lines.count == 2 * (14 * 2 + 2))
    let computed = executor.epochs.withLock { $0 }
    for line in results.lines {
      let reached = line.outcome.pause?.epochs ?? line.outcome.record.map { Int($0.course.epochs) }
      #expect(computed[line.id] == Array(1...(reached ?? 0)))
    }
    #expect(Set(computed.keys) == Set(results.lines.map(\.id)))
    for row in spec.rows {
      let trials = results.lines.filter { $0.row == row.label && $0.purpose == .search }
      let whole = Set(trials.filter { $0.outcome.record != nil }.map(\.trial))
      let chosen = Set(
        results.lines.filter { $0.row == row.label && $0.purpose == .result }.map(\.trial))
      #expect(chosen.count == 1 && chosen.isSubset(of: whole) && whole.count < 14)
    }
  }

  @Test(arguments: schedulers) func theTableIsTheSameWithAnyNumberOfJobsSweepsAndStops(
    scheduler: String
  ) throws {
    let spec = try specification(Self.yaml(scheduler, trials: 9, seeds: "[11]"))
    _ = try sweep(spec, in: "one", executor: CurveExecutor(score: Self.score))
    let table = try files(spec, in: "one")
    let slow = CurveExecutor(pause: 1000, score: Self.score)
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      _ = try? sweep(spec, in: "two", executor: slow, jobs: 4 + index)
    }
    #expect(try files(spec, in: "two") == table)
    let counts = slow.epochs.withLock { $0.values.map { $0 == Array(1...$0.count) } }
    #expect(counts.allSatisfy { $0 })

    var stops = 0
    for attempt in 1... {
      let stop = StopSignal()
      Thread.detachNewThread {
        usleep(UInt32(25_000 * attempt))
        stop.request()
      }
      guard try sweep(spec, in: "stopped", executor: slow, jobs: 4, stop: stop).wasStopped else {
        break
      }
      stops += 1
    }
    #expect(stops > 0)
    #expect(try files(spec, in: "stopped") == table)
  }

  /// The store has finished runs of an experiment without a scheduler.
  @Test func runsOfAnotherExperimentAreUsedOnlyAsFarAsTheSchedulerAllows() throws {
    let spec = try specification(Self.yaml("asha"))
    _ = try sweep(spec, in: "own", executor: CurveExecutor(score: Self.score), jobs: 8)
    let plain = try specification(Self.yaml("none"))
    _ = try sweep(plain, in: "shared", executor: CurveExecutor(score: Self.score), jobs: 8)
    let executor = CurveExecutor(score: Self.score)
    #expect(try sweep(spec, in: "shared", executor: executor, jobs: 8).isComplete)
    let repetitions = try results(spec, in: "shared").lines.filter { $0.purpose == .result }
    #expect(Set(executor.epochs.withLock { $0.keys }).isSubset(of: repetitions.map(\.id)))
    #expect(try files(spec, in: "shared") == files(spec, in: "own"))
    // And the other way round: what was pruned goes on from its checkpoint.
    let rest = CurveExecutor(score: Self.score)
    #expect(
      try sweep(plain, in: "own", executor: rest, jobs: 8).counts.keys.map(\.rawValue) == ["done"])
    #expect(rest.epochs.withLock { $0.values.contains { $0.first ?? 0 > 1 } })
    #expect(try files(plain, in: "own") == files(plain, in: "shared"))
  }

  @Test func aTrialThatEndsByPatienceIsNotPruned() throws {
    let spec = try specification(Self.yaml("asha"))
    let executor = CurveExecutor(end: { _ in 2 }, score: Self.score)
    let summary = try sweep(spec, in: "runs", executor: executor, jobs: 8)
    #expect(summary.isComplete)
    let results = try results(spec, in: "runs")
    let reached = results.lines.map {
      $0.outcome.pause?.epochs ?? $0.outcome.record.map { Int($0.course.epochs) } ?? 0
    }
    #expect(Set(reached) == [1, 2])
    #expect(results.lines.allSatisfy { ($0.outcome.pause?.epochs ?? 1) == 1 })
  }

  @Test func aFailedTrialIsNeitherPromotedNorWaitedFor() throws {
    let spec = try specification(Self.yaml("asha"))
    let trials = try plan(spec).runs { _ in nil }.filter { $0.row == "Alpha" }
    let failing = Set(trials.filter { $0.trial < 3 }.map(\.id))
    let executor = CurveExecutor(
      fails: { configuration, epoch in
        failing.contains(configuration.id) && epoch == 2 - configuration.seed % 2
          ? "the loss is nan" : nil
      }, score: Self.score)
    let summary = try sweep(spec, in: "runs", executor: executor, jobs: 8)
    // Seed 11 of a trial fails in its first epoch, seed 12 would in its second.
    #expect(summary.counts[.failed] == 3, "\(summary.problems)")
    #expect(summary.problems.count == 3)
    let results = try results(spec, in: "runs")
    #expect(results.lines.allSatisfy { $0.purpose == .search || $0.outcome.record != nil })
    #expect(
      !results.lines.contains { $0.row == "Alpha" && $0.purpose == .result && $0.trial < 3 })
  }

  @Test func prunedTrialsCountAsDoneAndAreNamed() throws {
    let spec = try specification(Self.yaml("asha"))
    let display = RecordingDisplay()
    _ = try sweep(spec, in: "runs", executor: CurveExecutor(score: Self.score), display: display)
    let lines = display.lines.withLock { $0 }
    #expect(
      lines.contains {
        $0.hasPrefix("Alpha, trial 0, seed 11: paused after 1 epoch, validation auc/macro 0.")
      })
    let status = try ExperimentStatus(of: plan(spec), in: RunStore(at: folder.path + "/runs"))
    let pruned = status.rows[0].counts[.pruned] ?? 0
    #expect(pruned > 0 && status.rows[0].isComplete)
    #expect(status.rows[0].trials == ExperimentStatus.Share(done: 28, total: 28))
    #expect(status.all.done == status.all.total)
    let table = try #require(try files(spec, in: "runs").first).text
    #expect(table.contains("each trained on seeds 11, 12, scheduler ASHA (eta 3, minimumEpochs 1)"))
    #expect(table.contains("Alpha: 28 runs of the search took "))
    #expect(table.contains("epochs; \(pruned) of them were pruned by the scheduler"))
  }

  @Test func resultsWithPrunedTrialsSurviveAFile() throws {
    let spec = try specification(Self.yaml("hyperband"))
    _ = try sweep(spec, in: "runs", executor: CurveExecutor(score: Self.score), jobs: 8)
    let results = try results(spec, in: "runs")
    let again = try Results(jsonLines: results.jsonLines, file: "runs.jsonl")
    #expect(again == results && again.jsonLines == results.jsonLines)
    #expect(
      try Report.make(specification: spec, results: again, catalog: toyCatalog)
        == Report.make(specification: spec, results: results, catalog: toyCatalog))
  }

  /// Scores below which trials that were trained further would be beaten.
  @Test func onlyTrialsTrainedToTheirEndAreCompared() throws {
    let spec = try specification(
      Self.yaml("asha", seeds: "[11]"))
    // Scores fall with the epochs, so pruned trials have the higher ones.
    let executor = CurveExecutor { configuration, epoch in
      Self.score(configuration, 9) * (epoch == 1 ? 1 : 0.5)
    }
    _ = try sweep(spec, in: "runs", executor: executor, jobs: 8)
    let results = try results(spec, in: "runs")
    for row in spec.rows {
      let own = results.lines.filter { $0.row == row.label }
      let chosen = own.first { $0.purpose == .result }?.trial
      let trial = own.first { $0.trial == chosen && $0.purpose == .search }
      #expect(trial?.outcome.record != nil)
    }
  }

  @Test func aDamagedPauseIsNamed() throws {
    let spec = try specification(Self.yaml("asha"))
    _ = try sweep(spec, in: "runs", executor: CurveExecutor(score: Self.score), jobs: 8)
    let store = RunStore(at: folder.path + "/runs")
    let line = try #require(try results(spec, in: "runs").lines.first { $0.outcome.pause != nil })
    let path = store.directory(line.id).pausePath
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (changed, message) in [
      (String(text.prefix(50)), "not valid JSON"),
      (text.replacing("\"seed\":1", with: "\"seed\":2"), "was changed by hand"),
      (text.replacing("\"pausedAfter\":1", with: "\"pausedAfter\":7"), "for 7 epochs of"),
      (text.replacing("\"pausedAfter\":1", with: "\"pausedAfter\":-1"), "must not be negative"),
    ] {
      try changed.write(toFile: path, atomically: true, encoding: .utf8)
      let outcomes = StoredOutcomes(in: store)
      _ = try Results(of: plan(spec), in: outcomes)
      #expect(outcomes.problems.count == 1)
      #expect(outcomes.problems.first?.hasPrefix(path) == true)
      #expect(outcomes.problems.first?.contains(message) == true, "\(outcomes.problems)")
    }
  }

  @Test(arguments: [
    ("scheduler: ahsa", "search.scheduler: unknown scheduler 'ahsa'; did you mean 'asha'?"),
    ("scheduler: {id: ahsa}", "search.scheduler.id: unknown scheduler 'ahsa'"),
    ("scheduler: {eta: 3}", "search.scheduler: lacks the key 'id'"),
    (
      "scheduler: {id: asha, etta: 3}",
      "search.scheduler.etta: unknown setting of asha 'etta'; did you mean 'eta'?"
    ),
    ("scheduler: {id: asha, eta: 1}", "eta: must be a whole number from 2 to 100, but is 1"),
    (
      "scheduler: asha, training: {epochs: [2, 4]}",
      "row 'Alpha' has the scheduler asha, so its trials must have the same epochs"
    ),
    (
      "scheduler: asha}\nselection: {metric: logLoss/macro",
      "compares trials by the metric that training monitors, auc/macro, but selection is by "
        + "logLoss/macro"
    ),
  ])
  func refusesWithASentence(search: String, message: String) {
    let error = #expect(throws: Diagnostic.self) {
      try plan(
        specification(
          "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\n"
            + "search: {strategy: random, trials: 4, \(search)}"))
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func rowsOfDifferentSchedulersNeedANote() throws {
    let yaml = """
      id: a
      dataset: {cache: c}
      search: {strategy: random, trials: 8, scheduler: asha}
      models: [{id: alpha}, {id: beta, search: {scheduler: none}}]
      """
    let error = #expect(throws: Diagnostic.self) { try specification(yaml) }
    #expect(
      error?.description.contains("the trials of 'Beta²' have another scheduler") == true)
    #expect(try specification(yaml + "\nbudgetNote: Beta is cheap.").rows.count == 2)
  }
}
