import ArgumentParser
import Experiments
import Foundation

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

  @OptionGroup var limits: LimitOptions

  @Option(help: "Stop the run when this process ends.")
  var parent: Int32?

  func run() throws {
    let stop = StopSignal.interrupt()
    if let parent { stop.requestWhenOrphaned(from: parent) }
    try threads.applyForProducts()
    let executor = TrainingRunExecutor(
      catalog: RankingTool.catalog, dataset: try data.openUnverified(),
      checkpointInterval: checkpoints.interval, note: StandardError.say)
    let end = try RunAttempt(
      in: RunDirectory(path: runDir), executor: executor, control: RunControl(stop: stop),
      limits: limits.limits
    ).perform()
    if case .failed(let sentence) = end { StandardError.say(sentence) }
    throw ExitCode(end == .stopped ? stop.exitStatus : end.exitStatus)
  }
}
