import ArgumentParser
import Experiments

/// Work that was stopped by Ctrl-C (SIGINT), SIGTERM or SIGHUP.
struct Interruption: Error {
  /// Says that the work was stopped, and returns what ends the command: status 130, 143 or 129.
  static func end(_ stop: StopSignal, _ sentence: String) -> ExitCode {
    StandardError.say(sentence)
    return ExitCode(stop.exitStatus)
  }
}
