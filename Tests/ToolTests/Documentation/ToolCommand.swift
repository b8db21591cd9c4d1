import Foundation

/// The commands of the tool, as it describes them itself.
struct ToolCommand: Decodable {
  let commandName: String
  let shouldDisplay: Bool?
  let subcommands: [ToolCommand]?
  let arguments: [Argument]?

  struct Argument: Decodable {
    struct Name: Decodable {
      let name: String
    }
    let names: [Name]?
  }

  /// The tool.
  static let tool = Result {
    let outcome = try ToolBinary.run(
      ["--experimental-dump-help"], in: FileManager.default.temporaryDirectory)
    struct Dump: Decodable {
      let command: ToolCommand
    }
    return try JSONDecoder().decode(Dump.self, from: Data(outcome.output.utf8)).command
  }

  /// The command lines of this command and those below, such as `data import`.
  ///
  /// Hidden commands are left out.
  var paths: [String] {
    let below = (subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
    return [""]
      + below.flatMap { command in
        command.paths.map { "\(command.commandName) \($0)".trimmingCharacters(in: .whitespaces) }
      }
  }

  /// The long options of this command and all below.
  var options: Set<String> {
    Set((arguments ?? []).flatMap { $0.names ?? [] }.map(\.name))
      .union((subcommands ?? []).flatMap(\.options))
  }

  /// Says what a command line names that the tool does not have, or nil.
  ///
  /// `a|b` stands for several subcommands.
  func unknown(in commandLine: String) -> String? {
    var commands = [self]
    var words = commandLine.split(separator: " ").map(String.init)[...]
    while let names = words.first?.split(separator: "|"),
      commands.contains(where: { $0.subcommands?.contains { $0.commandName == names[0] } ?? false })
    {
      commands = names.flatMap { name in
        commands.flatMap { ($0.subcommands ?? []).filter { $0.commandName == name } }
      }
      if commands.count != names.count { return words.first }
      words = words.dropFirst()
    }
    let hasSubcommands = commands.contains { !($0.subcommands ?? []).isEmpty }
    if hasSubcommands, let word = words.first, !word.hasPrefix("-") { return word }
    let options = commands.flatMap(\.options)
    return words.first { word in
      word.hasPrefix("--") && !options.contains(String(word.dropFirst(2).prefix { $0 != "=" }))
    }
  }
}
