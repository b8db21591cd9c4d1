import ArgumentParser
import Configuration
import Experiments
import Foundation

/// Executes the runs of one task of a job array, inside the job.
struct RunTaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run-task", abstract: "Execute the runs of this task of a Slurm job array.",
    shouldDisplay: false)

  @Argument(help: "The folder of the submission.")
  var folder: String

  @Option(help: "Maximum number of concurrent runs.")
  var jobs: Int

  @Option(help: "Seconds between Slurm's signal and the time limit.")
  var warning: Int

  @Option(help: "How often the task is queued again at its time limit.")
  var requeue: Int

  @Option(help: "The build of the program that submitted the task.")
  var program: String

  @Option(help: "The cache folder of the data set.")
  var data: String

  @Option(help: "Threads per run.")
  var threads: Int

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup var limits: LimitOptions

  func run() throws {
    let stop = StopSignal.interrupt()
    guard let path = Bundle.main.executablePath else {
      throw Diagnostic("the path of this program is not known, so it cannot start runs")
    }
    try SlurmTask.checkProgram(path, is: program)
    let task = try SlurmTask(in: folder)
    let command = LauncherSetting.Program(
      path: path, runCommand: RunOneCommand.configuration.commandName ?? "", taskCommand: "",
      options: [
        "--data", data, "--threads", "\(threads)", "--checkpoint-seconds",
        "\(checkpoints.checkpointSeconds)",
      ] + LimitOptions.arguments(limits.limits), threads: threads)
    let parent = ProcessInfo.processInfo.processIdentifier
    var batch = RunBatch(
      of: task.runs, launcher: ChildProcessLauncher { command.run($0, stoppingWith: parent) },
      jobs: jobs, stop: stop, grace: .seconds(max(5, warning - 10)), event: StandardError.say)
    switch try batch.run() {
    case .finished: return
    case .failed: throw ExitCode(1)
    case .incomplete: throw ExitCode(75)
    case .stopped:
      StandardError.say(task.end(after: stop, warning: warning, requeueLimit: requeue))
      throw ExitCode(stop.exitStatus)
    }
  }
}
