import ArgumentParser
import Foundation
import TensorCore

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the progress of an experiment.",
    discussion: """
      A run is absent, incomplete (stopped, will resume), running, done, failed or damaged (its \
      record is invalid). Repetitions of a row count as absent until its search has ended.

      Example:
        aesm2 status experiments/quickstart.yaml
        aesm2 status experiments/quickstart.yaml --json
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    Parallelism.use(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    let specification = try experiment.specification()
    let plan = try experiment.plan(
      of: specification, on: try experiment.dataset(of: specification))
    let listing = try StatusListing(plan: plan, store: experiment.runStore)
    print(json ? listing.value.canonicalJSON : listing.text)
  }
}
