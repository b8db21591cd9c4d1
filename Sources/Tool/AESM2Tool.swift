import ArgumentParser
import Foundation

/// The command-line tool: builds the catalog and hands it to the library.
///
/// Exit status: 0 where the work is done, 1 where it failed, 64 where the command line cannot be
/// used, 130 or 143 where SIGINT or SIGTERM stopped it.
@main
struct AESM2Tool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aesm2",
    abstract: "Train and compare multi-scenario, multi-task ranking models.",
    discussion: """
      Example:
        aesm2 data synth entrance-card --rows 50000 --output cache/cards
        aesm2 train --data cache/cards --model aesm2 --run-dir runs/cards

      Exit status: 0 done, 1 the work failed, 64 the command line cannot be used, 130 stopped by \
      Ctrl-C, 143 by SIGTERM.
      """,
    subcommands: [
      ModelsCommand.self, DataCommand.self, TrainCommand.self, EvaluateCommand.self,
      PredictCommand.self, SweepCommand.self, StatusCommand.self, ReportCommand.self,
      BenchCommand.self, RunOneCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Foundation.exit(report(error))
    }
  }
}
