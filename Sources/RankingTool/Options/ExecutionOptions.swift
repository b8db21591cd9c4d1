import ArgumentParser
import Configuration
import Experiments
import Foundation

/// How a process takes part in a sweep: the same for the first and for those that join.
struct ExecutionOptions: ParsableArguments {
  @Option(
    help:
      "Maximum number of concurrent runs of this process (default: 1; with slurm, see throttle).")
  var jobs: Int?

  @Option(help: "Threads per run.")
  var threads = 1

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup var limits: LimitOptions

  @Option(
    help:
      "How often a run is retried if its process is killed before it writes a new checkpoint.")
  var retries = 2

  @Option(help: "Seconds without a sign of life after which a run is taken from its process.")
  var heartbeatTimeout = 120.0

  func validate() throws {
    try check(jobs ?? 1, named: "--jobs", in: 1...1024)
    try check(threads, named: "--threads", in: 1...1024)
    try check(retries, named: "--retries", in: 0...1_000_000)
    guard (2...1e9).contains(heartbeatTimeout) else {
      throw ValidationError(
        "--heartbeat-timeout is \(heartbeatTimeout), but must be a number from 2 to 1e9: "
          + "runs give a sign of life every second")
    }
  }

  /// Returns the sweep of a plan.
  func runner(
    of plan: Plan, in store: RunStore, launcher: any RunLauncher, retryFailed: Bool = false,
    stop: StopSignal, display: any ProgressDisplay
  ) -> SweepRunner {
    SweepRunner(
      plan: plan, store: store, launcher: launcher, jobs: jobs ?? 1, retryFailed: retryFailed,
      retries: retries, heartbeatTimeout: .seconds(heartbeatTimeout), stop: stop, display: display)
  }

  /// Returns the program and the options with which it executes runs.
  func program(on data: URL, limits specified: RunLimits) throws -> LauncherSetting.Program {
    guard let program = Bundle.main.executablePath else {
      throw Diagnostic("the path of this program is not known, so it cannot start runs")
    }
    return LauncherSetting.Program(
      path: program, runCommand: RunOneCommand.configuration.commandName ?? "",
      taskCommand: RunTaskCommand.configuration.commandName ?? "",
      options: [
        "--data", data.path, "--threads", "\(threads)", "--checkpoint-seconds",
        "\(checkpoints.checkpointSeconds)",
      ] + LimitOptions.arguments(limits.limits(overriding: specified)), threads: threads)
  }
}
