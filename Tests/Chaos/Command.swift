import Experiments
import Foundation

/// A call of a program.
struct Command {
  /// How a program ended, and what it wrote.
  struct Outcome {
    let command: String
    let status: Int32
    let output: String
    let error: String
  }

  private let words: [String]
  private let folder: String
  private let variables: [String: String]

  /// - Parameter words: The program, which is looked for in `PATH`, and its arguments.
  init(_ words: [String], folder: String = "/", variables: [String: String] = [:]) {
    (self.words, self.folder, self.variables) = (words, folder, variables)
  }

  /// Returns the same call with a limit on the size of files.
  func limitingFiles(toKilobytes kilobytes: Int) -> Command {
    Command(
      ["sh", "-c", "ulimit -f \(kilobytes * 2); exec \"$@\"", "sh"] + words, folder: folder,
      variables: variables)
  }

  /// Returns the same call with environment variables.
  func adding(_ more: [String: String]) -> Command {
    Command(words, folder: folder, variables: variables.merging(more) { $1 })
  }

  /// Runs the program to its end.
  func run() -> Outcome {
    let base = FileManager.default.temporaryDirectory.path + "/aesm2-chaos-\(UUID().uuidString)"
    defer { for end in ["output", "error"] { unlink("\(base).\(end)") } }
    let name = words.joined(separator: " ")
    do {
      let process = try start(output: "\(base).output", error: "\(base).error")
      while process.ended() == nil { usleep(5000) }
      let text = ["output", "error"].map {
        (try? String(contentsOfFile: "\(base).\($0)", encoding: .utf8)) ?? ""
      }
      var status: Int32 = 255
      if case .exited(let code)? = process.ended() { status = code }
      return Outcome(command: name, status: status, output: text[0], error: text[1])
    } catch { return Outcome(command: name, status: 127, output: "", error: "\(error)") }
  }

  /// Starts the program; its output is appended to files.
  func start(output: String, error: String) throws -> ChildProcess {
    let files = [output, error].map { (path: String) in
      open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    }
    defer { files.forEach { close($0) } }
    return try ChildProcess(
      ["/usr/bin/env", "-C", folder] + words, output: files[0], error: files[1],
      variables: variables)
  }
}

/// A process of this machine.
struct RunningProcess {
  let id: pid_t
  let parent: pid_t
  let command: [String]

  /// Whether it executes a run.
  var isRun: Bool { command.contains("run-one") }

  /// Returns the processes whose command lines mention a text, without this one.
  static func all(mentioning text: String) -> [RunningProcess] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.sorted().compactMap { id in
      guard id != getpid(), let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
        let status = FileManager.default.contents(atPath: "/proc/\(id)/stat")
      else { return nil }
      let command = String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init)
      // A zombie has no command line; the name before the state may contain blanks.
      let fields = String(decoding: status, as: UTF8.self).split(separator: ")").last?
        .split(separator: " ")
      guard command.contains(where: { $0.contains(text) }), let fields, fields.count > 1,
        let parent = pid_t(fields[1])
      else { return nil }
      return RunningProcess(id: id, parent: parent, command: command)
    }
  }
}
