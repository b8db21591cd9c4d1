import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Create, describe and check data sets.",
    discussion: """
      Example:
        aesm2 data import experiments/schemas/us-flights.yaml \\
          --files downloads --output cache/us-flights
        aesm2 data describe cache/us-flights
      """,
    subcommands: [
      DataImportCommand.self, DataSynthCommand.self, DataDescribeCommand.self,
      DataLintCommand.self, DataVerifyCommand.self,
    ])
}
