import ArgumentParser
import Configuration

/// What the tool reads from a command line before the parser does.
enum CommandLineArguments {
  /// The arguments of the process, without the name of the program.
  static var own: [String] { Array(CommandLine.arguments.dropFirst()) }

  /// Returns the arguments of the process in the form in which the parser understands them all.
  ///
  /// - Throws: ``UsageError`` if help is requested on an unknown command, for which the parser prints
  ///   that of another.
  static func checked() throws -> [String] {
    if own.first == "help" {
      let asked = own.dropFirst().filter { !$0.hasPrefix("-") && $0 != "help" }
      let (path, commands, next) = command(in: asked)
      if let next {
        throw UsageError(
          commands.isEmpty
            ? "unknown command '\(excerpt(next))': '\(path)' has none"
            : Diagnostic.unknown("command", next, accepted: commands).description)
      }
    }
    return joiningNegativeNumbers(own)
  }

  /// Returns arguments in which a negative number that follows an option is its value (`--seed=-1`),
  /// and not taken for another option, so that the option itself says what it accepts.
  static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    var result: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" { return result + [argument] + rest }
      if let value = rest.first, argument.hasPrefix("--"), !argument.contains("="),
        value.prefixMatch(of: #/-\.?[0-9]/#) != nil
      {
        result.append("\(argument)=\(value)")
        rest.removeFirst()
      } else {
        result.append(argument)
      }
    }
    return result
  }

  /// Returns the words that name a command, such as `aesm2 data synth`, the possible subcommands, and
  /// the word that actually follows.
  static func command(in arguments: [String]) -> (
    path: String, commands: [String], next: String?
  ) {
    var words = ["aesm2"]
    var commands = ToolCommand.configuration.subcommands
    for argument in arguments {
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
}
