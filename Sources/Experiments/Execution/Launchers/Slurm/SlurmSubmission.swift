import Configuration
import Foundation

/// One job array, in a folder of its own: `STORE/slurm/NAME`.
///
/// | file | content |
/// | --- | --- |
/// | `job.sh` | the batch script; `sbatch job.sh` submits it by hand |
/// | `runs.txt` | one line per task, with the ids of its runs |
/// | `job` | the id of the array; absent until Slurm has accepted it |
/// | `JOB_TASK.log` | the output of a task |
/// | `TASK.timeouts` | how often the task was queued again at its time limit |
/// | `ended` | says that no task is active any more |
///
/// A sweep that is killed between submitting a job and writing its id leaves a job that is found by
/// its name, which no other job has.
struct SlurmSubmission: Sendable {
  /// The folder.
  let folder: String
  /// The ids of the runs of every task.
  let tasks: [[String]]
  /// The id of the job array; nil if it is not known.
  let job: Int?
  /// When the folder was made.
  let date: Date

  /// The unique name of the job and of the folder.
  var name: String { URL(fileURLWithPath: folder).lastPathComponent }

  /// The name of the file with the runs of every task.
  static let runsName = "runs.txt"
  /// The name of the batch script.
  static let scriptName = "job.sh"

  /// Returns the folder of all submissions of a store.
  static func home(in store: RunStore) -> String {
    URL(fileURLWithPath: store.path).standardizedFileURL.path + "/slurm"
  }

  /// Returns a new name for a job of an experiment.
  static func newName(for experiment: String) -> String {
    "aesm2-\(experiment)-\(UUID().uuidString.prefix(8).lowercased())"
  }

  /// Returns the submissions of a store that may have active tasks, oldest first; those whose files
  /// cannot be read are left out.
  static func open(in store: RunStore) -> [SlurmSubmission] {
    let home = home(in: store)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: home)) ?? []
    return names.compactMap { name in
      let folder = "\(home)/\(name)"
      return access("\(folder)/ended", F_OK) == 0 ? nil : SlurmSubmission(readingFrom: folder)
    }.sorted { ($0.date, $0.name) < ($1.date, $1.name) }
  }

  /// Reads a submission; nil if the folder is not that of one.
  init?(readingFrom folder: String) {
    guard let tasks = Self.tasks(in: folder) else { return nil }
    self.folder = folder
    self.tasks = tasks
    job = Self.text("\(folder)/job").flatMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    var status = stat()
    date =
      stat("\(folder)/\(Self.runsName)", &status) == 0
      ? Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec)) : .distantPast
  }

  private init(folder: String, tasks: [[String]], job: Int, date: Date) {
    self.folder = folder
    self.tasks = tasks
    self.job = job
    self.date = date
  }

  /// Returns the ids of the runs of every task; nil if the file is missing or names something that
  /// is not a run.
  static func tasks(in folder: String) -> [[String]]? {
    guard let text = text("\(folder)/\(runsName)") else { return nil }
    let tasks = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let areRuns = tasks.joined().allSatisfy(RunConfiguration.isID)
    return areRuns && !tasks.isEmpty ? tasks : nil
  }

  private static func text(_ path: String) -> String? {
    (try? AtomicFile.read(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Makes the folder with a script and the runs of its tasks.
  static func make(_ folder: String, script: String, tasks: [[String]]) throws {
    try createFolder(folder)
    let lines = tasks.map { $0.joined(separator: " ") + "\n" }
    try AtomicFile.write("\(folder)/\(scriptName)", bytes: script.utf8)
    try AtomicFile.write("\(folder)/\(runsName)", bytes: lines.joined().utf8)
  }

  /// Returns the submission with the id of its job, which is written down.
  func with(job: Int) throws -> SlurmSubmission {
    try AtomicFile.write("\(folder)/job", bytes: "\(job)\n".utf8)
    return SlurmSubmission(folder: folder, tasks: tasks, job: job, date: date)
  }

  /// Writes down that no task is active.
  func close() throws { try AtomicFile.write("\(folder)/ended", bytes: "".utf8) }

  /// Returns the log of a task.
  func logPath(ofTask task: Int) -> String { "\(folder)/\(job ?? 0)_\(task).log" }
}
