import ArgumentParser
import Foundation
import TensorCore

/// The command-line tool: builds the catalog and hands it to the library.
///
/// Exit status: 0 where the work is done, 1 where it failed, 64 where the command line cannot be
/// used, 128 and the number of the signal that stopped it: 129 for SIGHUP, 130 for SIGINT, 143 for
/// SIGTERM; 141 where the reader of standard output went away.
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
      Ctrl-C (SIGINT), 143 by SIGTERM, 129 by SIGHUP, 141 the reader of standard output went away.
      """,
    subcommands: [
      ModelsCommand.self, BalancersCommand.self, MetricsCommand.self, DataCommand.self,
      TrainCommand.self,
      EvaluateCommand.self,
      PredictCommand.self, SweepCommand.self, StatusCommand.self, ReportCommand.self,
      BenchCommand.self, RunOneCommand.self,
    ])

  static func main() {
    ProcessConditions.establish()
    var status = ExitCode.success.rawValue
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      status = report(error)
      // OpenBLAS waits at exit for its threads, which go on asking for memory without end.
      if error is MemoryError { _exit(StandardOutput.end(status: status)) }
    }
    Foundation.exit(StandardOutput.end(status: status))
  }
}
