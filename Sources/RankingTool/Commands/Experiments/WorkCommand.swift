import ArgumentParser
import Configuration
import Experiments
import Foundation

struct WorkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Join a sweep: execute missing runs of an experiment until none is left.",
    discussion: """
      Any number of processes may work on one store, on every machine that shares its folder, started \
      together or later; a sweep is one of them. Each claims runs by their locks, so none is executed \
      twice, waits for the runs of the others, and takes over those of processes that die or hang. \
      'aesm2 work' differs from 'aesm2 sweep' only in what it prints in the end: no table.

      Example:
        aesm2 work experiments/quickstart.yaml --jobs 2
      """)

  @OptionGroup var experiment: ExperimentOptions

  @OptionGroup var execution: ExecutionOptions

  func run() throws {
    let stop = StopSignal.interrupt()
    let work = try experiment.work(of: try experiment.specification())
    let program = try execution.program(
      on: work.dataset.url, limits: work.specification.limits)
    let parent = ProcessInfo.processInfo.processIdentifier
    let summary = try execution.runner(
      of: work.plan, in: experiment.runStore,
      launcher: ChildProcessLauncher { program.run($0, stoppingWith: parent) }, stop: stop,
      display: StandardErrorDisplay()
    ).run()
    if summary.wasStopped { throw summary.interruption(by: stop) }
    print(
      "\(counted(summary.finishedHere, "run")) of \(summary.counts.values.reduce(0, +)) done by this "
        + "process")
    try summary.checkIsComplete()
  }
}
