import Configuration
import Foundation

/// Makes job arrays of runs and hands them to `sbatch`.
struct SlurmSubmitter: Sendable {
  /// The sweep.
  let setting: LauncherSetting
  /// The cluster.
  let cluster: SlurmCluster
  private let programDigest: String

  /// Slurm's answer to a job.
  enum Answer {
    case accepted(SlurmSubmission)
    /// There are too many jobs of this user.
    case exceedsALimit(String)
    /// The controller cannot be reached; it may have got the job nevertheless.
    case noAnswer(String)
    case refused(String)
  }

  /// Creates a submitter.
  ///
  /// - Throws: ``Diagnostic`` if there is no time limit or the settings contradict each other, if
  ///   there is no Slurm here, or if its controller does not answer.
  init(_ setting: LauncherSetting) throws {
    try setting.slurm.checkThatTheySuffice(threads: setting.program.threads)
    cluster = try SlurmCluster.asked()
    programDigest = try SlurmTask.programDigest(setting.program.path)
    self.setting = setting
  }

  private var cores: Int { setting.slurm.cores ?? setting.program.threads }

  /// The number of runs that a task executes at a time.
  private var concurrency: Int { max(1, cores / setting.program.threads) }

  /// Divides runs among tasks; `model` returns the model of a run, if it is known.
  ///
  /// With `bundle: auto`, a task may take half of its time limit, at most half an hour.
  func tasks<Run>(
    of runs: [Run], durations: RunDurations, model: (Run) -> String?
  ) -> [[Run]] {
    switch setting.slurm.bundle {
    case .fixed(let size): return RunBundles.ofSize(size, runs)
    case .automatic:
      let time = (setting.slurm.time?.seconds ?? 0) - setting.slurm.warning.seconds
      let bundles = RunBundles(concurrency: concurrency, target: min(1800, Double(time) / 2))
      return bundles(runs) { model($0).flatMap(durations.seconds(ofModel:)) }
    }
  }

  /// Submits tasks, given by the ids of their runs.
  ///
  /// - Throws: ``Diagnostic`` if the files of the submission cannot be written.
  func submit(_ tasks: [[String]]) throws -> Answer {
    let folder = newFolder()
    try SlurmSubmission.make(folder, script: script(tasks.count, in: folder), tasks: tasks)
    let outcome = try SlurmTool(name: "sbatch").run([
      "--parsable", "\(folder)/\(SlurmSubmission.scriptName)",
    ])
    let id = outcome.output.split(whereSeparator: \.isNewline).last?.split(separator: ";").first
    if outcome.succeeded, let job = id.flatMap({ Int($0) }),
      let submission = SlurmSubmission(readingFrom: folder)
    {
      return .accepted(try submission.with(job: job))
    }
    // Without an answer, the job may exist: its folder is needed to find it.
    if outcome.isTemporary { return .noAnswer(outcome.complaint) }
    try? FileManager.default.removeItem(atPath: folder)
    return Self.answer(to: outcome.complaint)
  }

  /// Returns Slurm's answer to a job that it refuses, with advice.
  static func answer(to complaint: String) -> Answer {
    if complaint.contains("MaxSubmit") || complaint.contains("MaxJobCount") {
      return .exceedsALimit(complaint)
    }
    let advice =
      [
        ("partition", "'sinfo' lists the partitions; set slurm.partition"),
        ("account", "'sacctmgr show associations user=$USER' lists yours; set slurm.account"),
        ("time limit", "'sinfo' shows the limits of partitions; set slurm.time"),
        ("node configuration", "no node has that many cores or that much memory"),
        ("option", "'sbatch --help' lists the options; correct slurm.sbatch"),
      ].first { complaint.contains($0.0) }?.1
    return .refused("Slurm refuses the job: \(complaint)" + (advice.map { " (\($0))" } ?? ""))
  }

  private func newFolder() -> String {
    SlurmSubmission.home(in: setting.store) + "/"
      + SlurmSubmission.newName(for: setting.experiment)
  }

  private func script(_ taskCount: Int, in folder: String) -> String {
    let command = setting.program.task(
      folder,
      [
        "--jobs", "\(concurrency)", "--warning", "\(setting.slurm.warning.seconds)", "--requeue",
        "\(setting.slurm.requeue)", "--program", programDigest,
      ])
    return SlurmScript(
      experiment: setting.experiment, settings: setting.slurm, taskCount: taskCount, cores: cores,
      folder: folder, command: command
    ).text
  }

  /// Returns what would be submitted for runs: the versions, then the batch script and the runs of
  /// the tasks of every job.
  func preview(of runs: [Plan.Run]) -> String {
    let tasks = tasks(of: runs, durations: setting.durations) { $0.configuration.model }
    var text =
      "# Slurm \(cluster.version), \(cluster.hasAccounting ? "with" : "without") accounting, arrays of at "
      + "most \(cluster.arraySize) tasks; program \(programDigest)\n"
    if tasks.isEmpty { return text + "# nothing to submit\n" }
    for job in RunBundles.ofSize(cluster.arraySize, tasks) {
      let folder = newFolder()
      text += "\n# \(folder)/\(SlurmSubmission.scriptName)\n" + script(job.count, in: folder)
      text += "\n# \(folder)/\(SlurmSubmission.runsName)\n"
      for task in job { text += task.map(\.id).joined(separator: " ") + "\n" }
    }
    return text
  }
}
