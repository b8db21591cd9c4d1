import ArgumentParser

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Add the files of a new model to a checkout.",
    discussion: """
      Example:
        aesm2 new baseline my-model
      """,
    subcommands: [NewBaselineCommand.self])
}
