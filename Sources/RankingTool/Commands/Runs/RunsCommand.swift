import ArgumentParser

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List, compare, export, import and remove runs.",
    discussion: """
      Runs come from stores (folders of run folders) and from results files alike. Conditions, \
      columns and sorting use the same fields: id, state, model, seed, dataset, row, purpose, …, \
      settings.NAME, training.NAME, test.METRIC and validation.METRIC.

      Example:
        aesm2 runs list --from results/quickstart --where model=mmoe
      """,
    subcommands: [
      RunsListCommand.self, RunsShowCommand.self, RunsCompareCommand.self, RunsExportCommand.self,
      RunsImportCommand.self, RunsPruneCommand.self,
    ])
}
