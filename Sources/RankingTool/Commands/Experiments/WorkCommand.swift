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
    let parent = ProcessInfo.processInfo.processIdentifier
    let display = StandardErrorDisplay()
    let summaries = try experiment.specification().parts.map { cell, part in
      if let cell { display.event("data set \(cell)") }
      let work = try experiment.work(of: part)
      let program = try execution.program(on: work.dataset.url, limits: part.limits)
      let summary = try execution.runner(
        of: work.plan, in: experiment.runStore,
        launcher: ChildProcessLauncher { program.run($0, stoppingWith: parent) }, stop: stop,
        display: display
      ).run()
      if summary.wasStopped { throw summary.interruption(by: stop) }
      return summary
    }
    let total = summaries.reduce(0) { $0 + $1.counts.values.reduce(0, +) }
    print(
      "\(counted(summaries.reduce(0) { $0 + $1.finishedHere }, "run")) of \(total) done by this process"
    )
    try summaries.checkAreComplete()
  }
}
