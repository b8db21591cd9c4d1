import ArgumentParser
import Configuration
import Datasets
import Experiments
import Foundation
import MessagePassing
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train and evaluate one model.",
    discussion: """
      The run folder holds the configuration, checkpoint, learning curves, best weights and record. \
      Ctrl-C, SIGTERM and SIGHUP stop the run with a checkpoint; --resume continues it bit for bit, \
      also after a crash. An exact fit (logistic-regression) has no checkpoint and restarts. \
      'aesm2 models NAME' and 'aesm2 models --training' list the settings for --set.

      Under mpirun (Open MPI), --ranks mpi trains one model with all processes of the job: every \
      batch is divided among them, so that the result means the same as with one process. The data \
      set and the run folder must be at the same paths on all machines.

      Example:
        aesm2 train --data cache/aliexpress --model aesm2 --set noise=0.5 \\
          --set 'expertSizes=[64,32]' --set learningRate=1e-3 --run-dir runs/first
        aesm2 train --data cache/aliexpress --run-dir runs/first --resume
      """)

  @OptionGroup var data: DataOptions

  @Option(help: "The model; see 'aesm2 models' (default with --resume: the run's).")
  var model: String?

  @Option(
    name: .customLong("set"),
    help: "A setting of the model or the trainer, as name=value; repeatable.")
  var settings: [String] = []

  @Option(help: "The random seed (default: 1).")
  var seed: Int?

  @Option(help: "The run folder.")
  var runDir: String

  @Flag(help: "Continue the run in the folder.")
  var resume = false

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var rankOptions: RankOptions

  @OptionGroup var memory: LimitedMemory

  @Flag(help: "Print the run's record as JSON.")
  var json = false

  func validate() throws {
    if model == nil, !resume { throw ValidationError("--model is missing") }
    if let seed, seed < 0 { throw ValidationError("--seed is \(seed), but must not be negative") }
    if model == nil, !settings.isEmpty || seed != nil {
      throw ValidationError("--set and --seed need --model; --resume has the run's own settings")
    }
  }

  func run() throws {
    // The processes of an MPI job are those that mpirun has started.
    if rankOptions.ranks == nil {
      if try memory.runInChild(consequence: adviceOnMemory) { return }
    }
    let stop = StopSignal.interrupt()
    if let parent = memory.parent { stop.requestWhenOrphaned(from: parent) }
    let control = RunControl(stop: stop)
    try threads.applyForProducts()
    let request = RunRequest(
      model: model,
      assignments: try blamingCommandLine { try SettingAssignments(parsing: settings) },
      seed: seed ?? 1)
    try blamingCommandLine { try request.check() }
    let directory = RunDirectory(path: runDir)
    if let ranks = try rankOptions.join(), ranks.count > 1 {
      guard ranks.isLeader else { return try follow(ranks, in: directory, control: control) }
      try lead(request, in: directory, control: control, ranks: ranks)
    } else {
      try lead(request, in: directory, control: control, ranks: nil)
    }
  }

  private var adviceOnMemory: String {
    let configuration = try? RunDirectory(path: runDir).configuration()
    guard configuration != nil else { return "no run was begun" }
    return "to go on with more memory: aesm2 train --data \(shellQuoted(data.data)) "
      + "--run-dir \(shellQuoted(runDir)) --resume"
  }

  /// Trains the run, with the other ranks if there are any.
  private func lead(
    _ request: RunRequest, in directory: RunDirectory, control: RunControl, ranks: RankGroup?
  ) throws {
    let dataset = try data.open()
    try request.prepare(directory, dataset: dataset, resumes: resume)
    let options = try TrainingOptions(overriding: try directory.configuration().training)
    let display = TrainingDisplay(monitor: try MetricName(options.monitor))
    let executor = TrainingRunExecutor(
      catalog: RankingTool.catalog, dataset: dataset, checkpointInterval: checkpoints.interval,
      ranks: ranks, note: StandardError.say, observer: display.show)
    let end =
      if let ranks {
        try RankedAttempt(in: directory, executor: executor, control: control, ranks: ranks)
          .perform()
      } else {
        try RunAttempt(
          in: directory, executor: executor, control: control, continuesAfterFailure: true,
          pauses: false
        ).perform()
      }
    display.finish()
    switch end {
    case .finished: try print(directory)
    case .failed(let sentence): throw Diagnostic(sentence)
    case .heldElsewhere: throw Diagnostic("another process is training in \(runDir)")
    case .stopped, .paused, .killed, .lost:
      let sentence =
        directory.hasCheckpoint
        ? "stopped with a checkpoint; to go on: " : "stopped without a checkpoint; to begin anew: "
      throw Interruption.end(
        control.stop,
        sentence + "aesm2 train --data \(shellQuoted(data.data)) "
          + "--run-dir \(shellQuoted(runDir)) --resume")
    }
  }

  /// Trains a run that the leader has taken.
  private func follow(
    _ ranks: RankGroup, in directory: RunDirectory, control: RunControl
  ) throws {
    let executor = TrainingRunExecutor(
      catalog: RankingTool.catalog, dataset: try data.openUnverified(), ranks: ranks)
    let end = try RankedAttempt(
      in: directory, executor: executor, control: control, ranks: ranks
    ).perform()
    if end == .stopped { throw ExitCode(control.stop.exitStatus) }
  }

  private func print(_ directory: RunDirectory) throws {
    guard case .done(let record)? = try directory.outcome() else { return }
    let text = json ? RunOutcome.done(record).value.canonicalJSON : RunSummary(record: record).text
    StandardOutput.write(text + "\n")
  }
}

/// A training run requested on the command line.
struct RunRequest {
  /// The model; nil for the model of the run to be resumed.
  let model: String?
  let assignments: SettingAssignments
  let seed: Int

  /// Checks the model and its settings.
  ///
  /// - Throws: ``Diagnostic``.
  func check() throws { if let model { _ = try resolve(model: model, dataset: "") } }

  /// Creates the folder of the run, or checks that it holds the run to be resumed; a new run is
  /// checked against the data first.
  ///
  /// - Throws: ``Diagnostic``.
  func prepare(_ directory: RunDirectory, dataset: Dataset, resumes: Bool) throws {
    guard resumes else {
      if directory.state != .absent {
        throw Diagnostic(
          "already holds a run (\(directory.state.rawValue)); give --resume to continue it, or another "
            + "--run-dir"
        ).at(directory.path)
      }
      guard let model else { return }
      let configuration = try resolve(model: model, dataset: dataset.fingerprint)
      try configuration.check(on: dataset, catalog: RankingTool.catalog)
      try directory.prepare(configuration)
      return
    }
    let found = try directory.configuration()
    if directory.state != .done { try found.checkSemanticsAreCurrent() }
    try TrainingOptions.checkPrecision(found.training)
    if let model {
      try directory.prepare(try resolve(model: model, dataset: dataset.fingerprint))
    }
    try locating(directory.path) { try found.checkIsOn(dataset) }
  }

  private func resolve(model: String, dataset: String) throws -> RunConfiguration {
    let entry = try RankingTool.catalog.entry(model)
    let (own, training) = try assignments.divided(
      model: entry.settings.map(\.name), training: TrainingOptions.settings.map(\.name))
    return RunConfiguration(
      model: model, settings: try entry.resolve(own),
      training: try TrainingOptions.resolve(training), dataset: dataset,
      seed: seed)
  }
}
