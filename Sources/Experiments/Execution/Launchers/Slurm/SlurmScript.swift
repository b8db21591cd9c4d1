import Configuration
import Foundation

/// The batch script of a job array.
struct SlurmScript {
  /// The experiment.
  let experiment: String
  /// The settings; they have a time limit.
  let settings: SlurmSettings
  /// The number of tasks.
  let taskCount: Int
  /// The number of cores of a task.
  let cores: Int
  /// The folder of the submission, an absolute path.
  let folder: String
  /// The command that executes a task.
  let command: RunCommand

  /// The script.
  ///
  /// The program takes the place of the shell, so that it gets the signals that Slurm sends to the
  /// script.
  var text: String {
    let name = URL(fileURLWithPath: folder).lastPathComponent
    var lines = [
      "#!/bin/bash",
      "# Runs of the experiment '\(experiment)'. Task k of the array executes the runs in line k + 1 of",
      "# \(SlurmSubmission.runsName) in this folder; finished runs are not repeated, others go on from their",
      "# checkpoints. 'sbatch \(SlurmSubmission.scriptName)' submits it by hand.",
    ]
    func add(_ option: String, _ value: String? = nil) {
      lines.append("#SBATCH --\(option)" + (value.map { "=" + Self.quoted($0) } ?? ""))
    }
    add("job-name", name)
    add("array", "0-\(taskCount - 1)" + (settings.throttle.map { "%\($0)" } ?? ""))
    if let time = settings.time { add("time", time.text) }
    add("nodes", "1")
    add("ntasks", "1")
    add("cpus-per-task", "\(cores)")
    if let memory = settings.memory { add("mem", memory) }
    if let partition = settings.partition { add("partition", partition) }
    if let account = settings.account { add("account", account) }
    add("signal", "B:\(settings.warning.signal)@\(settings.warning.seconds)")
    add("requeue")
    add("open-mode", "append")
    add("output", folder.replacing("%", with: "%%") + "/%A_%a.log")
    for (option, value) in settings.options.sorted(by: { $0.key < $1.key }) {
      add(option, value.isEmpty ? nil : value)
    }
    lines.append("")
    if !settings.setup.isEmpty { lines += settings.setup + [""] }
    lines.append("exec " + command.arguments.map(shellQuoted).joined(separator: " "))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns a value of an option as `sbatch` reads it from a script.
  private static func quoted(_ value: String) -> String {
    let isPlain = value.unicodeScalars.allSatisfy {
      switch $0 {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", ",", "+", "@", "%", "=": true
      default: false
      }
    }
    if isPlain { return value }
    return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
