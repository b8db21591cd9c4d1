import ArgumentParser
import Configuration
import Datasets
import Foundation
import Synchronization

/// What the tool asks of the system before it does anything.
enum ProcessConditions {
  /// Makes failures of writing errors with a sentence, not the end of the process.
  ///
  /// - A pipe without reader (SIGPIPE) and a file beyond the size limit (SIGXFSZ) are errors of
  ///   `write`.
  /// - A standard stream that was closed by the caller, as by `>&-`, is replaced by one that can be
  ///   neither read nor written: else the next file that is opened would become standard output.
  /// - A file of a data set cache that becomes shorter while it is mapped (SIGBUS) is named.
  static func establish() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    TruncatedFiles.endProcess(of: "aesm2")
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is taken, which is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Standard output: results, and the help that was asked for.
///
/// A failure to write is kept until the end of the command, since work that is under way is worth more
/// than what it prints, and then decides the exit status.
enum StandardOutput {
  /// The exit status where the reader went away, as that of a process that SIGPIPE ended.
  static let closedPipeStatus: Int32 = 128 + SIGPIPE

  private static let failure = Mutex<Int32?>(nil)

  /// Writes text, unless writing failed before.
  static func write(_ text: String) {
    failure.withLock { if $0 == nil { $0 = writeAll(text, to: STDOUT_FILENO) } }
  }

  /// Ends the output of a command that ends with `status`, and returns the exit status of the process.
  ///
  /// Where something was not written, that is a sentence on standard error and status 1; where the
  /// reader of a pipe went away, as in `aesm2 models | head`, nothing is said and the status is 141. A
  /// command that failed by itself keeps its own status.
  static func end(status: Int32) -> Int32 {
    var code = failure.withLock { $0 }
    // Some file systems say only now that they have no room.
    if code == nil, close(STDOUT_FILENO) != 0 { code = errno }
    guard let code else { return status }
    if code == EPIPE { return status == 0 ? closedPipeStatus : status }
    StandardError.say("cannot write to standard output: \(String(cString: strerror(code)))")
    return status == 0 ? ExitCode.failure.rawValue : status
  }
}

/// Writes to standard output, in the place of the function of Swift that ignores failures.
func print(_ item: some CustomStringConvertible, terminator: String = "\n") {
  StandardOutput.write(item.description + terminator)
}

/// Standard error: messages and progress, so that standard output holds results only.
enum StandardError {
  /// Writes one message as a line that begins with the name of the tool.
  static func say(_ sentence: String) { write("aesm2: \(visibleText(sentence))\n") }

  /// Writes text as it is; nothing is lost but the text where that is not possible.
  static func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}
