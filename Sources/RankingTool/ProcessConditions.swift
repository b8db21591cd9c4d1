import Datasets
import Foundation

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
