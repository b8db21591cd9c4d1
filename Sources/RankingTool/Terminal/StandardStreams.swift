import ArgumentParser
import Configuration
import Datasets
import Experiments
import Foundation
import Synchronization

/// The process-wide conditions that the tool establishes before anything else.
enum ProcessConditions {
  /// Turns write failures into errors with a message, instead of ending the process.
  ///
  /// - A pipe without a reader (SIGPIPE) and a file beyond the size limit (SIGXFSZ) become errors
  ///   of `write`.
  /// - A standard stream that was closed by the caller, as with `>&-`, is replaced by one that can
  ///   be neither read nor written; otherwise the next opened file would become standard output.
  /// - A width in `COLUMNS` that is no positive number, from which the parser makes unreadable help,
  ///   is removed, and one that is too small for words is raised.
  /// - A file of a data set cache that is shortened while it is mapped (SIGBUS) is named.
  static func establish() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    TruncatedFiles.endProcess(of: "aesm2")
    switch TerminalSize.requested("COLUMNS") {
    case nil: unsetenv("COLUMNS")
    case let width?: setenv("COLUMNS", "\(max(width, TerminalSize.leastWidth))", 1)
    }
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // `open` takes the lowest free descriptor, which is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Standard output: results, and requested help.
///
/// A write failure is kept until the end of the command, because work in progress is worth more
/// than its printed output, and then determines the exit status.
enum StandardOutput {
  /// The exit status if the reader closed the pipe, equal to that of a process ended by SIGPIPE.
  static let closedPipeStatus: Int32 = 128 + SIGPIPE

  private static let failure = Mutex<Int32?>(nil)

  /// Whether a person reads it, rather than a program: only then have tables another form.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The width to which sentences are wrapped: that of a terminal, or in `COLUMNS`; nil for none.
  static var wrappingWidth: Int? {
    isTerminal || TerminalSize.requested("COLUMNS") != nil ? terminalWidth() : nil
  }

  /// Writes text, unless an earlier write failed.
  static func write(_ text: String) {
    failure.withLock { if $0 == nil { $0 = writeAll(text, to: STDOUT_FILENO) } }
  }

  /// Completes the output of a command that ends with `status`, and returns the exit status of the
  /// process.
  ///
  /// If some output could not be written, the result is a message on standard error and status 1;
  /// if the reader of a pipe closed it, as in `aesm2 models | head`, there is no message and the
  /// status is 141. A command that itself failed keeps its own status.
  static func end(status: Int32) -> Int32 {
    var code = failure.withLock { $0 }
    // Some file systems report only on closing that they are full.
    if code == nil, close(STDOUT_FILENO) != 0 { code = errno }
    guard let code else { return status }
    if code == EPIPE { return status == 0 ? closedPipeStatus : status }
    StandardError.say("cannot write to standard output: \(String(cString: strerror(code)))")
    return status == 0 ? ExitCode.failure.rawValue : status
  }
}

/// Writes to standard output, replacing Swift's function of this name, which ignores failures.
func print(_ item: some CustomStringConvertible, terminator: String = "\n") {
  StandardOutput.write(item.description + terminator)
}

/// Standard error: messages and progress, so that standard output holds only results.
enum StandardError {
  /// Writes one message as a line that begins with the name of the tool.
  static func say(_ sentence: String) { write("aesm2: \(visibleText(sentence))\n") }

  /// Writes text unchanged; if writing fails, only the text is lost.
  static func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}
