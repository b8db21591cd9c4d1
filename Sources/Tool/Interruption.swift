import ArgumentParser

/// Work that was stopped by Ctrl-C or SIGTERM.
enum Interruption {
  /// The exit status of a command that was stopped.
  static let exitCode = ExitCode(130)

  /// Says that the work was stopped, and returns what ends the command.
  static func end(_ sentence: String) -> ExitCode {
    StandardError.say(sentence)
    return exitCode
  }
}
