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

      Launchers: \(launcherCatalog.map { "\($0.id) - \($0.summary)" }.joined(separator: " "))

      Example:
        aesm2 sweep experiments/quickstart.yaml --jobs 2
        aesm2 sweep experiments/quickstart.yaml --launcher commands --commands runs.txt
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Option(help: "Maximum number of concurrent runs (default: 1; with slurm, see throttle).")
  var jobs: Int?

  @Option(help: "The launcher of runs: \(launcherCatalog.map(\.id).joined(separator: ", ")).")
  var launcher = launcherCatalog[0].id

  @Option(help: "Threads per run.")
  var threads = 1

  @Flag(help: "Rerun failed runs.")
  var retryFailed = false

  @OptionGroup var cluster: ClusterOptions

  @OptionGroup var checkpoints: CheckpointOptions

  func validate() throws {
    try check(jobs ?? 1, named: "--jobs", in: 1...1024)
    try check(threads, named: "--threads", in: 1...1024)
  }

  func run() throws {
    let stop = StopSignal.interrupt()
    let method = try blamingCommandLine { try launcherMethod() }
    let specification = try experiment.specification()
    let slurm = try blamingCommandLine { try cluster.settings(replacing: specification.slurm) }
    let dataset = try experiment.dataset(of: specification, verifyingDigests: true)
    let plan = try experiment.plan(of: specification, on: dataset, begins: true)
    let outcomes = StoredOutcomes(in: experiment.runStore)
    let runs = try outcomes.runs(of: plan)
    let missing = try runs.filter { try !outcomes.state(of: $0).isSettled }
    try plan.check(missing, on: dataset, catalog: RankingTool.catalog)
    let display = StandardErrorDisplay()
    let setting = LauncherSetting(
      experiment: specification.id, store: experiment.runStore,
      program: try program(on: dataset.url), durations: RunDurations(of: runs, in: outcomes),
      slurm: slurm, commandsPath: cluster.commands, note: display.event)
    if cluster.dryRun {
      return print(try SlurmLauncher.preview(of: missing, setting), terminator: "")
    }
    let runner = SweepRunner(
      plan: plan, store: experiment.runStore, launcher: try method.create(setting),
      jobs: jobs ?? 1, retryFailed: retryFailed, stop: stop, display: display)
    if !missing.isEmpty, method.isDetached || cluster.detach {
      return try leave(try runner.startOnly(), to: method)
    }
    try finish(try runner.run(), of: specification, plan, stop: stop)
  }
  private func launcherMethod() throws -> LauncherMethod {
    guard let method = launcherCatalog.first(where: { $0.id == launcher }) else {
      throw Diagnostic.unknown("launcher", launcher, accepted: launcherCatalog.map(\.id))
    }
    let isSlurm = launcher == LauncherMethod.slurm.id
    for (isGiven, option) in [
      (cluster.dryRun, "--dry-run"), (cluster.detach, "--detach"),
      (!cluster.slurm.isEmpty, "--slurm"),
    ] where isGiven && !isSlurm {
      throw Diagnostic("\(option) is for --launcher slurm, but the launcher is '\(launcher)'")
    }
    if cluster.commands != "-", launcher != LauncherMethod.commands.id {
      throw Diagnostic(
        "--commands is for --launcher commands, but the launcher is '\(launcher)'")
    }
    if jobs != nil, launcher != LauncherMethod.local.id {
      throw Diagnostic(
        "--jobs is for runs on this machine"
          + (isSlurm ? "; use --slurm throttle=\(jobs ?? 1)" : ", but '\(launcher)' starts none"))
    }
    return method
  }

  /// Reports a sweep that has started runs without waiting for them.
  private func leave(_ summary: SweepRunner.Summary, to method: LauncherMethod) throws {
    for problem in summary.problems { StandardError.say(problem) }
    StandardError.say(
      "\(summary.incompleteness); run the same command again to collect results and to go on")
    if !summary.problems.isEmpty { throw ExitCode(1) }
  }

  private func finish(
    _ summary: SweepRunner.Summary, of specification: ExperimentSpecification, _ plan: Plan,
    stop: StopSignal
  ) throws {
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

  /// Returns the program and the options with which it executes runs.
  private func program(on data: URL) throws -> LauncherSetting.Program {
    guard let program = Bundle.main.executablePath else {
      throw Diagnostic("the path of this program is not known, so it cannot start runs")
    }
    return LauncherSetting.Program(
      path: program, runCommand: RunOneCommand.configuration.commandName ?? "",
      taskCommand: RunTaskCommand.configuration.commandName ?? "",
      options: [
        "--data", data.path, "--threads", "\(threads)", "--checkpoint-seconds",
        "\(checkpoints.checkpointSeconds)",
      ], threads: threads)
  }
}
