import Configuration
import Foundation

/// A program of Slurm, called with a bound on its time.
struct SlurmTool: Sendable {
  /// What a call came to.
  struct Outcome {
    enum Ending: Equatable {
      case exited(Int32)
      /// Somebody else killed the program.
      case killed
      /// The program was killed for taking too long.
      case timedOut
    }

    let ending: Ending
    /// The standard output.
    let output: String
    /// The last line of the standard error, without the name of the program.
    let complaint: String

    var succeeded: Bool { ending == .exited(0) }

    /// Whether the controller or the accounting could not be reached, so that a later call may
    /// succeed.
    var isTemporary: Bool {
      guard case .exited = ending else { return true }
      return [
        "Unable to contact", "Connection refused", "Connection timed out", "Socket timed out",
        "temporarily", "Transport endpoint", "Zero Bytes were transmitted", "Unexpected message",
        "try again", "Connection reset", "Slurm backup controller in standby",
      ].contains { complaint.contains($0) }
    }
  }

  /// The name.
  let name: String

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: The arguments.
  ///   - timeLimit: After this time, the program is killed.
  /// - Throws: ``Diagnostic`` if there is no such program or it cannot be started.
  func run(_ arguments: [String], timeLimit: Duration = .seconds(60)) throws -> Outcome {
    let program = try path()
    let (output, error) = (try ScratchFile(), try ScratchFile())
    let process: ChildProcess
    do {
      process = try ChildProcess(
        [program] + arguments, output: output.descriptor, error: error.descriptor,
        // Lists of array tasks are printed in full.
        variables: ["SLURM_BITSTR_LEN": "0", "SLURM_TIME_FORMAT": "standard"], isShielded: true)
    } catch let error as StartError { throw Diagnostic(error.description) }
    let deadline = ContinuousClock.now + timeLimit
    var pause: UInt32 = 1000
    while true {
      if let end = process.ended() {
        var ending = Outcome.Ending.killed
        if case .exited(let status) = end { ending = .exited(status) }
        return Outcome(
          ending: ending, output: output.text, complaint: Self.complaint(of: error.text))
      }
      if ContinuousClock.now >= deadline {
        process.send(SIGKILL)
        return Outcome(
          ending: .timedOut, output: "",
          complaint: "no answer within \(Int(timeLimit / .seconds(1))) s")
      }
      usleep(pause)
      pause = min(20_000, pause * 2)
    }
  }

  private func path() throws -> String {
    if let path = programPath(name) { return path }
    throw Diagnostic(
      "there is no program '\(name)' on PATH: sweep with Slurm where its programs are installed, "
        + "such as a login node of the cluster (module load slurm, at some places), or use "
        + "--launcher local or --launcher commands")
  }

  /// Returns the last line that says something, without the program's name.
  private static func complaint(of text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.replacing(/^[a-z]+: (?:error: )?/, with: "")
    }
    // The programs end with a general line, and give the cause above it.
    let telling = lines.filter { !$0.isEmpty && !$0.hasPrefix("If munged is up") }
    return excerpt(telling.suffix(2).joined(separator: "; "), limit: 300)
  }
}

/// A file without a name that takes the output of a process.
private final class ScratchFile {
  let descriptor: Int32

  init() throws {
    var path = Array((NSTemporaryDirectory() + "/aesm2-XXXXXX").utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw Diagnostic(cannot: "write", NSTemporaryDirectory()) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(path)
  }

  deinit { close(descriptor) }

  /// The contents.
  var text: String {
    lseek(descriptor, 0, SEEK_SET)
    let data = try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd()
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}
