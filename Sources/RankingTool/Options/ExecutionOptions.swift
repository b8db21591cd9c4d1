import ArgumentParser
import Configuration
import Datasets
import Experiments
import Foundation

/// How a process takes part in a sweep: the same for the first and for those that join.
struct ExecutionOptions: ParsableArguments {
  @Option(help: "Maximum number of concurrent runs of this process.")
  var jobs = 1

  @Option(help: "The launcher of runs: \(launcherCatalog.map(\.id).joined(separator: ", ")).")
  var launcher = launcherCatalog[0].id

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
    try check(jobs, named: "--jobs", in: 1...1024)
    try check(threads, named: "--threads", in: 1...1024)
    try check(retries, named: "--retries", in: 0...1_000_000)
    guard (2...1e9).contains(heartbeatTimeout) else {
      throw ValidationError(
        "--heartbeat-timeout is \(heartbeatTimeout), but must be a number from 2 to 1e9: "
          + "runs give a sign of life every second")
    }
  }

  /// Executes the missing runs of an experiment together with all other processes that do.
  ///
  /// - Returns: How the sweep ended, and the plan.
  func execute(
    _ experiment: ExperimentOptions, _ specification: ExperimentSpecification, retryFailed: Bool,
    stop: StopSignal
  ) throws -> (summary: SweepRunner.Summary, plan: Plan) {
    let method = try blamingCommandLine { try launcherMethod() }
    let dataset = try experiment.dataset(of: specification, verifyingDigests: true)
    let plan = try experiment.plan(of: specification, on: dataset)
    let outcomes = StoredOutcomes(in: experiment.runStore)
    let missing = try outcomes.runs(of: plan).filter { outcomes.state($0.id) != .done }
    try plan.check(missing, on: dataset, catalog: RankingTool.catalog)
    let command = try command(
      on: dataset.url, limits: limits.limits(overriding: specification.limits))
    let summary = try SweepRunner(
      plan: plan, store: experiment.runStore, launcher: method.create(command), jobs: jobs,
      retryFailed: retryFailed, retries: retries, heartbeatTimeout: .seconds(heartbeatTimeout),
      stop: stop, display: StandardErrorDisplay()
    ).run()
    return (summary, plan)
  }

  private func launcherMethod() throws -> LauncherMethod {
    guard let method = launcherCatalog.first(where: { $0.id == launcher }) else {
      throw Diagnostic.unknown("launcher", launcher, accepted: launcherCatalog.map(\.id))
    }
    return method
  }

  /// Returns a function that gives the command for a run folder.
  private func command(on data: URL, limits: RunLimits) throws
    -> @Sendable (RunDirectory) -> RunCommand
  {
    guard let program = Bundle.main.executablePath else {
      throw Diagnostic("the path of this program is not known, so it cannot start runs")
    }
    let arguments = [
      "--data", data.path, "--threads", "\(threads)", "--checkpoint-seconds",
      "\(checkpoints.checkpointSeconds)", "--parent",
      "\(ProcessInfo.processInfo.processIdentifier)",
    ]
    let name = RunOneCommand.configuration.commandName ?? ""
    return { [threads] directory in
      RunCommand(
        [program, name, directory.path] + arguments + LimitOptions.arguments(limits),
        threads: threads)
    }
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
      memory: limitMemory.flatMap { try? RunLimits.bytes($0) } ?? other.memory)
  }

  /// Returns limits as they are given to a run.
  static func arguments(_ limits: RunLimits) -> [String] {
    (limits.minutes.map { ["--limit-minutes", "\($0)"] } ?? [])
      + (limits.memory.map { ["--limit-memory", "\($0)"] } ?? [])
  }
}
