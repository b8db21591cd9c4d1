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
    if specification.grid != nil, launcher != launcherCatalog[0].id {
      throw Diagnostic(
        "varies its data, which only the launcher '\(launcherCatalog[0].id)' can do, not "
          + "'\(launcher)'"
      ).at(experiment.spec)
    }
    let slurm = try blamingCommandLine { try cluster.settings(replacing: specification.slurm) }
    let display = StandardErrorDisplay()
    var results = Results(lines: [])
    var summaries: [SweepRunner.Summary] = []
    for (cell, part) in specification.parts {
      if let cell { display.event("data set \(cell)") }
      let work = try experiment.work(of: part)
      guard
        let summary = try sweep(work, by: method, slurm: slurm, stop: stop, display: display)
      else { return }
      if summary.wasStopped { throw summary.interruption(by: stop) }
      let outcomes = StoredOutcomes(in: experiment.runStore)
      results.lines += try Results(of: work.plan, in: outcomes, cell: cell).lines
      summaries.append(summary)
    }
    try finish(specification, results)
    try summaries.checkAreComplete()
  }

  /// Executes the missing runs on one data set; returns nil if they were only named or started.
  private func sweep(
    _ work: ExperimentOptions.Work, by method: LauncherMethod, slurm: SlurmSettings,
    stop: StopSignal, display: StandardErrorDisplay
  ) throws -> SweepRunner.Summary? {
    let specification = work.specification
    let setting = LauncherSetting(
      experiment: specification.id, store: experiment.runStore,
      program: try execution.program(on: work.dataset.url, limits: specification.limits),
      durations: RunDurations(of: work.runs, in: work.outcomes), slurm: slurm,
      commandsPath: cluster.commands, note: display.event)
    if cluster.dryRun {
      print(try SlurmLauncher.preview(of: work.missing, setting), terminator: "")
      return nil
    }
    let runner = execution.runner(
      of: work.plan, in: experiment.runStore, launcher: try method.create(setting),
      retryFailed: retryFailed, stop: stop, display: display)
    if !work.missing.isEmpty, method.isDetached || cluster.detach {
      try leave(try runner.startOnly(), to: method)
      return nil
    }
    return try runner.run()
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

  private func finish(_ specification: ExperimentSpecification, _ results: Results) throws {
    let report = try Report.make(
      specification: specification, results: results, catalog: RankingTool.catalog)
    print(report.summary)
    print(
      "All tables: aesm2 report \(shellQuoted(experiment.spec)) "
        + "--store \(shellQuoted(experiment.store))")
  }
}

extension [SweepRunner.Summary] {
  /// Reports the problems of sweeps whose runs are not all done.
  ///
  /// - Throws: The exit status, 1.
  func checkAreComplete() throws {
    let open = filter { !$0.isComplete }
    guard !open.isEmpty else { return }
    for summary in open {
      for problem in summary.problems { StandardError.say(problem) }
      StandardError.say(summary.incompleteness)
    }
    throw ExitCode(1)
  }
}

extension SweepRunner.Summary {
  /// Reports the problems of a sweep that was stopped by a signal, and returns its exit status.
  func interruption(by stop: StopSignal) -> ExitCode {
    for problem in problems { StandardError.say(problem) }
    return ExitCode(stop.exitStatus)
  }
}
