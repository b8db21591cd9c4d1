import ArgumentParser
import Configuration
import Datasets
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
    help: "How often a run is tried again whose process was killed before another checkpoint.")
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

extension ExperimentOptions {
  /// The plan of an experiment on its data, with the runs that are left to do, each of which was
  /// checked.
  struct Work {
    let specification: ExperimentSpecification
    let dataset: Dataset
    let plan: Plan
    let outcomes: StoredOutcomes
    let runs: [Plan.Run]
    let missing: [Plan.Run]
  }

  /// Opens the data and derives and checks the plan.
  func work(of specification: ExperimentSpecification) throws -> Work {
    let dataset = try dataset(of: specification, verifyingDigests: true)
    let plan = try plan(of: specification, on: dataset, begins: true)
    let outcomes = StoredOutcomes(in: runStore)
    let runs = try outcomes.runs(of: plan)
    let missing = try runs.filter { try !outcomes.state(of: $0).isSettled }
    try plan.check(missing, on: dataset, catalog: RankingTool.catalog)
    return Work(
      specification: specification, dataset: dataset, plan: plan, outcomes: outcomes, runs: runs,
      missing: missing)
  }
}

/// The time and memory that one run may take.
struct LimitOptions: ParsableArguments {
  @Option(help: "Minutes that one run may take (default: the specification's, or no limit).")
  var limitMinutes: Double?

  @Option(
    help: ArgumentHelp(
      "Memory that one run may take, such as 4GB (default: the specification's, or no limit).",
      valueName: "size"))
  var limitMemory: String?

  func validate() throws {
    if let limitMinutes, !(limitMinutes > 0 && limitMinutes <= 1e9) {
      throw ValidationError(
        "--limit-minutes is \(limitMinutes), but must be more than 0 and at most 1e9")
    }
    if let limitMemory {
      do { _ = try RunLimits.bytes(limitMemory) } catch {
        throw ValidationError("--limit-memory: \(error)")
      }
    }
  }

  /// The limits on the command line.
  var limits: RunLimits { limits(overriding: RunLimits()) }

  /// The limits on the command line, and for those not given, those of a specification.
  func limits(overriding other: RunLimits) -> RunLimits {
    RunLimits(
      minutes: limitMinutes ?? other.minutes,
      memory: limitMemory.flatMap { byteCount($0) } ?? other.memory)
  }

  /// Returns limits as they are given to a run.
  static func arguments(_ limits: RunLimits) -> [String] {
    (limits.minutes.map { ["--limit-minutes", "\($0)"] } ?? [])
      + (limits.memory.map { ["--limit-memory", "\($0)"] } ?? [])
  }
}
