import ArgumentParser
import Configuration
import Experiments

struct RunsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List runs with some of their settings and metrics.",
    discussion: """
      By default, settings that differ between runs of the same model are columns. A terminal gets a \
      table as wide as its window; a pipe gets lines with tabs and all digits.

      Fields: \(RunField.fixed.map(\.name).joined(separator: ", ")); \
      settings.NAME, training.NAME (see 'aesm2 models'), test.METRIC, validation.METRIC (see 'aesm2 \
      metrics').

      Example:
        aesm2 runs list --from results/quickstart
        aesm2 runs list --from results/kuairand-pure --where purpose=search \\
          --where 'settings.dropout<0.3' --sort validation.auc/macro --descending
        aesm2 runs list --from results/quickstart --columns id,row,seed,test.auc/ctr
      """)

  @OptionGroup var selection: RunSelectionOptions

  @Option(help: "The columns, fields separated by commas.")
  var columns: String?

  @Option(help: "Sort by this field; runs without it come last.")
  var sort: String?

  @Flag(help: "Sort from the largest to the smallest.")
  var descending = false

  @Flag(help: "Print JSON, one object per run.")
  var json = false

  func validate() throws {
    if descending, sort == nil { throw ValidationError("--descending needs --sort") }
  }

  func run() throws {
    let runs = try selection.runs().runs
    let listing = try blamingCommandLine {
      try RunListing(of: runs, columns: columns, sort: sort, descending: descending)
    }
    if json { return print(listing.value.canonicalJSON) }
    guard StandardOutput.isTerminal else { return print(listing.tabSeparated, terminator: "") }
    print(listing.table(width: terminalWidth()))
  }
}
