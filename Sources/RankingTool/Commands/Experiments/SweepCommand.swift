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
      Finished runs are never repeated; stopped and killed runs continue from their checkpoint. \
      Ctrl-C, SIGTERM and SIGHUP stop the sweep with a checkpoint of every active run; rerun the same \
      command to resume. A run that has not stopped after a minute, or at a second signal, is killed. \
      'aesm2 work' joins from another terminal or machine; 'aesm2 status' shows the progress.

      Launchers: \(launcherCatalog.map { "\($0.id) - \($0.summary)" }.joined(separator: " "))

      Example:
        aesm2 sweep experiments/quickstart.yaml --jobs 2
        aesm2 sweep experiments/quickstart.yaml --launcher commands
      """)

  @OptionGroup var experiment: ExperimentOptions

  @OptionGroup var execution: ExecutionOptions

  @Option(help: "The launcher of runs: \(launcherCatalog.map(\.id).joined(separator: ", ")).")
  var launcher = launcherCatalog[0].id

  @Flag(help: "Rerun failed runs.")
  var retryFailed = false

  @OptionGroup var cluster: ClusterOptions

  func run() throws {
    let stop = StopSignal.interrupt()
    let method = try blamingCommandLine { try launcherMethod() }
    let specification = try experiment.specification()
    let slurm = try blamingCommandLine { try cluster.settings(replacing: specification.slurm) }
    let work = try experiment.work(of: specification)
    let display = StandardErrorDisplay()
    let setting = LauncherSetting(
      experiment: specification.id, store: experiment.runStore,
      program: try execution.program(on: work.dataset.url, limits: specification.limits),
      durations: RunDurations(of: work.runs, in: work.outcomes), slurm: slurm,
      commandsPath: cluster.commands, note: display.event)
    if cluster.dryRun {
      return print(try SlurmLauncher.preview(of: work.missing, setting), terminator: "")
    }
    let runner = execution.runner(
      of: work.plan, in: experiment.runStore, launcher: try method.create(setting),
      retryFailed: retryFailed, stop: stop, display: display)
    if !work.missing.isEmpty, method.isDetached || cluster.detach {
      return try leave(try runner.startOnly(), to: method)
    }
    let summary = try runner.run()
    if summary.wasStopped { throw summary.interruption(by: stop) }
    try finish(summary, of: work)
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
    if execution.jobs != nil, launcher != LauncherMethod.local.id {
      throw Diagnostic(
        "--jobs is for runs on this machine"
          + (isSlurm
            ? "; use --slurm throttle=\(execution.jobs ?? 1)" : ", but '\(launcher)' starts none"))
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

  private func finish(_ summary: SweepRunner.Summary, of work: ExperimentOptions.Work) throws {
    let report = try Report.make(
      specification: work.specification,
      results: try Results(of: work.plan, in: StoredOutcomes(in: experiment.runStore)),
      catalog: RankingTool.catalog)
    print(report.summary)
    print(
      "All tables: aesm2 report \(shellQuoted(experiment.spec)) "
        + "--store \(shellQuoted(experiment.store))")
    try summary.checkIsComplete()
  }
}

extension SweepRunner.Summary {
  /// Reports the problems of a sweep that was stopped by a signal, and returns its exit status.
  func interruption(by stop: StopSignal) -> ExitCode {
    for problem in problems { StandardError.say(problem) }
    return ExitCode(stop.exitStatus)
  }

  /// Reports the problems of a sweep whose runs are not all done.
  ///
  /// - Throws: The exit status, 1.
  func checkIsComplete() throws {
    guard !isComplete else { return }
    for problem in problems { StandardError.say(problem) }
    StandardError.say(incompleteness)
    throw ExitCode(1)
  }
}
