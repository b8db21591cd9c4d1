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

      Example:
        aesm2 sweep experiments/quickstart.yaml --jobs 2
      """)

  @OptionGroup var experiment: ExperimentOptions

  @OptionGroup var execution: ExecutionOptions

  @Flag(help: "Rerun failed runs.")
  var retryFailed = false

  func run() throws {
    let stop = StopSignal.interrupt()
    let specification = try experiment.specification()
    let (summary, plan) = try execution.execute(
      experiment, specification, retryFailed: retryFailed, stop: stop)
    if summary.wasStopped { throw summary.interruption(by: stop) }
    let report = try Report.make(
      specification: specification,
      results: try Results(of: plan, in: StoredOutcomes(in: experiment.runStore)),
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
