import ArgumentParser
import Configuration
import Experiments
import Foundation
import Reporting

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Execute the missing runs of an experiment and print its table.",
    discussion: """
      Finished runs are never repeated; stopped runs continue from their checkpoint. Ctrl-C, SIGTERM \
      and SIGHUP stop the sweep with a checkpoint of every active run; rerun the same command to \
      resume. A run that has not stopped after a minute, or at a second signal, is killed; it resumes \
      from its last checkpoint.

      Example:
        aesm2 sweep experiments/quickstart.yaml --jobs 2
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Option(help: "Maximum number of concurrent runs.")
  var jobs = 1

  @Option(help: "The launcher of runs: \(launcherCatalog.map(\.id).joined(separator: ", ")).")
  var launcher = launcherCatalog[0].id

  @Option(help: "Threads per run.")
  var threads = 1

  @Flag(help: "Rerun failed runs.")
  var retryFailed = false

  @OptionGroup var checkpoints: CheckpointOptions

  func validate() throws {
    try check(jobs, named: "--jobs", in: 1...1024)
    try check(threads, named: "--threads", in: 1...1024)
  }

  func run() throws {
    let stop = StopSignal.interrupt()
    let method = try blamingCommandLine { try launcherMethod() }
    let specification = try experiment.specification()
    let dataset = try experiment.dataset(of: specification, verifyingDigests: true)
    let plan = try experiment.plan(of: specification, on: dataset, begins: true)
    let outcomes = StoredOutcomes(in: experiment.runStore)
    let missing = try outcomes.runs(of: plan).filter { try !outcomes.state(of: $0).isSettled }
    try plan.check(missing, on: dataset, catalog: RankingTool.catalog)
    let summary = try SweepRunner(
      plan: plan, store: experiment.runStore, launcher: method.create(try command(on: dataset.url)),
      jobs: jobs, retryFailed: retryFailed, stop: stop, display: StandardErrorDisplay()
    ).run()
    if summary.wasStopped {
      for problem in summary.problems { StandardError.say(problem) }
      throw ExitCode(stop.exitStatus)
    }
    let report = try Report.make(
      specification: specification,
      results: try Results(of: plan, in: StoredOutcomes(in: experiment.runStore)),
      catalog: RankingTool.catalog)
    print(report.summary)
    print(
      "All tables: aesm2 report \(shellQuoted(experiment.spec)) "
        + "--store \(shellQuoted(experiment.store))")
    guard !summary.isComplete else { return }
    for problem in summary.problems { StandardError.say(problem) }
    StandardError.say(summary.incompleteness)
    throw ExitCode(1)
  }

  private func launcherMethod() throws -> LauncherMethod {
    guard let method = launcherCatalog.first(where: { $0.id == launcher }) else {
      throw Diagnostic.unknown("launcher", launcher, accepted: launcherCatalog.map(\.id))
    }
    return method
  }

  /// Returns a function that gives the command for a run folder.
  private func command(on data: URL) throws -> @Sendable (RunDirectory) -> RunCommand {
    guard let program = Bundle.main.executablePath else {
      throw Diagnostic("the path of this program is not known, so it cannot start runs")
    }
    let (data, threads, seconds) = (data.path, threads, checkpoints.checkpointSeconds)
    let parent = ProcessInfo.processInfo.processIdentifier
    return { directory in
      let arguments = [
        program, RunOneCommand.configuration.commandName ?? "", directory.path, "--data", data,
        "--threads", "\(threads)", "--checkpoint-seconds", "\(seconds)", "--parent", "\(parent)",
      ]
      return RunCommand(arguments, threads: threads)
    }
  }
}

/// Executes one run of a sweep in its own process.
struct RunOneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run-one", abstract: "Execute one run of a sweep in its prepared folder.",
    shouldDisplay: false)

  @Argument(help: "The folder of the run.")
  var runDir: String

  @OptionGroup var data: DataOptions

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup var threads: ThreadOptions

  @Option(help: "Stop the run when this process ends.")
  var parent: Int32?

  func run() throws {
    let stop = StopSignal.interrupt()
    if let parent { stop.requestWhenOrphaned(from: parent) }
    try threads.applyForProducts()
    let executor = TrainingRunExecutor(
      catalog: RankingTool.catalog, dataset: try data.openUnverified(),
      checkpointInterval: checkpoints.interval)
    let end = try RunAttempt(
      in: RunDirectory(path: runDir), executor: executor, control: RunControl(stop: stop)
    ).perform()
    if case .failed(let sentence) = end { StandardError.say(sentence) }
    throw ExitCode(end == .stopped ? stop.exitStatus : end.exitStatus)
  }
}
