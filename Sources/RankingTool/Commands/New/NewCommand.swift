import ArgumentParser

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Write the first files of something new into a checkout.",
    discussion: """
      Example:
        aesm2 new baseline my-model
      """,
    subcommands: [NewBaselineCommand.self])
}
