import ArgumentParser
import Configuration
import Foundation
import Synchronization

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
