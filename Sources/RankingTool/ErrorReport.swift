import ArgumentParser
import Configuration
import Foundation
import TensorCore
import Training

/// The error for an invalid command line: exit status 64.
struct UsageError: Error {
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}

/// Runs `body`, and reports errors in its configuration as errors of the command line.
func blamingCommandLine<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as Diagnostic {
    throw UsageError(error.description)
  }
}

/// Reports an error as one sentence on standard error, or prints the requested help.
///
/// - Returns: The exit status.
func report(_ error: any Error) -> Int32 {
  switch error {
  case let code as ExitCode: return code.rawValue
  case let error as Diagnostic
  where error.systemFailure == .init(target: AtomicFile.standardOutput, code: EPIPE):
    return StandardOutput.closedPipeStatus
  case let error as UsageError:
    StandardError.say(error.sentence)
    return ExitCode.validationFailure.rawValue
  default: break
  }
  switch ToolCommand.exitCode(for: error) {
  case .success:
    print(ToolCommand.fullMessage(for: error))
    return 0
  case .validationFailure:
    StandardError.say(usageSentence(of: error))
    return ExitCode.validationFailure.rawValue
  default:
    StandardError.say(sentence(of: error))
    return 1
  }
}

/// Returns the error in a command line: an unknown command with the nearest one, or else the
/// parser's message, as one line that begins with a lowercase letter.
private func usageSentence(of error: any Error) -> String {
  let (path, commands, next) = CommandLineArguments.command(in: CommandLineArguments.own)
  if let next, !next.hasPrefix("-"), !commands.isEmpty {
    return Diagnostic.unknown("command", next, accepted: commands).description
  }
  let words = ToolCommand.message(for: error).split(whereSeparator: \.isWhitespace)
  let sentence = words.joined(separator: " ")
  return sentence.prefix(1).lowercased() + sentence.dropFirst() + " (see '\(path) --help')"
}

/// Returns the description of an error of the library, or the reason of a Foundation error.
private func sentence(of error: any Error) -> String {
  switch error {
  case let error as Diagnostic: error.description
  case let error as MemoryError: error.description
  default: error.localizedDescription
  }
}
