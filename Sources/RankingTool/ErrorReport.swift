import ArgumentParser
import Configuration
import Foundation
import TensorCore
import Training

/// A command line that cannot be used: exit status 64.
struct UsageError: Error {
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}

/// Runs `body`, and makes the fault of the command line of what is wrong with its configuration.
func blamingCommandLine<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as Diagnostic {
    throw UsageError(error.description)
  }
}

/// Says what went wrong, as one sentence on standard error, or prints the help that was asked for.
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

/// Returns what is wrong with a command line: an unknown command with the nearest one, else what the
/// parser says, in one line that begins with a small letter.
private func usageSentence(of error: any Error) -> String {
  let (path, commands, next) = commandOfCommandLine()
  if let next, !next.hasPrefix("-"), !commands.isEmpty {
    return Diagnostic.unknown("command", next, accepted: commands).description
  }
  let words = ToolCommand.message(for: error).split(whereSeparator: \.isWhitespace)
  let sentence = words.joined(separator: " ")
  return sentence.prefix(1).lowercased() + sentence.dropFirst() + " (see '\(path) --help')"
}

/// Returns the words of the command line that name a command, such as `aesm2 data synth`, the
/// commands that could have followed, and what does follow.
private func commandOfCommandLine() -> (path: String, commands: [String], next: String?) {
  var words = ["aesm2"]
  var commands = ToolCommand.configuration.subcommands
  for argument in CommandLine.arguments.dropFirst() {
    guard let command = commands.first(where: { $0.configuration.commandName == argument }) else {
      let shown = commands.filter { $0.configuration.shouldDisplay }
      return (
        words.joined(separator: " "), shown.compactMap { $0.configuration.commandName }, argument
      )
    }
    words.append(argument)
    commands = command.configuration.subcommands
  }
  return (words.joined(separator: " "), [], nil)
}

/// Errors of the library describe themselves; those of Foundation are asked for their reason.
private func sentence(of error: any Error) -> String {
  switch error {
  case let error as Diagnostic: error.description
  case let error as MemoryError: error.description
  default: error.localizedDescription
  }
}
