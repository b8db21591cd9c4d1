import AESM2
import ArgumentParser
import Baselines
import Foundation
import Ranking
import Synchronization
import TensorCore

/// The command-line tool as a function, for programs that provide their own models.
///
/// ```swift
/// import RankingFramework
///
/// RankingTool.main(catalog: RankingTool.models + [MyModel.self])
/// ```
public enum RankingTool {
  /// The models of the tool `aesm2`, in the row order of every table: the baselines, then AESM².
  public static let models: [any RankingModel.Type] = baselineCatalog + [AESM2.self]

  private static let chosen = Mutex(Catalog(models))

  /// The models available to the commands.
  static var catalog: Catalog { chosen.withLock { $0 } }

  /// Runs the command given by the arguments of the process, and exits.
  ///
  /// Exit status: 0 for success, 1 for failure, 64 for an invalid command line, 128 plus the number
  /// of the signal that stopped the process (129 for SIGHUP, 130 for SIGINT, 143 for SIGTERM), 141
  /// if standard output was closed.
  ///
  /// - Parameter models: The models of the tool, in the row order of every table, with distinct
  ///   ids.
  public static func main(catalog models: [any RankingModel.Type] = models) -> Never {
    ProcessConditions.establish()
    chosen.withLock { $0 = Catalog(models) }
    var status = ExitCode.success.rawValue
    do {
      var command = try ToolCommand.parseAsRoot(CommandLineArguments.checked())
      try command.run()
    } catch {
      if !(error is ExitCode) { JobOfRanks.leaveReportToLeader() }
      status = report(error)
      // At exit, OpenBLAS waits for its threads, which keep requesting memory forever.
      if error is MemoryError { _exit(StandardOutput.end(status: status)) }
    }
    status = StandardOutput.end(status: status)
    JobOfRanks.end(status: status)
    Foundation.exit(status)
  }
}

struct ToolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aesm2",
    abstract: "Train and compare multi-scenario, multi-task ranking models.",
    discussion: """
      Example:
        aesm2 data synth entrance-card --rows 50000 --output cache/cards
        aesm2 train --data cache/cards --model aesm2 --run-dir runs/cards

      Exit status: 0 success, 1 failure, 64 invalid command line, 130 stopped by Ctrl-C (SIGINT), \
      143 by SIGTERM, 129 by SIGHUP, 141 standard output was closed.
      """,
    subcommands: [
      ModelsCommand.self, HeadsCommand.self, BalancersCommand.self, OptimizersCommand.self,
      SchedulersCommand.self,
      MetricsCommand.self, DataCommand.self, TrainCommand.self, EvaluateCommand.self,
      PredictCommand.self, SweepCommand.self, WorkCommand.self, StatusCommand.self,
      ReportCommand.self, CompareCommand.self, LeaderboardCommand.self, HabitsCommand.self,
      VerifyCommand.self, InspectCommand.self, SiteCommand.self, RunsCommand.self,
      NewCommand.self, BenchCommand.self,
      RunOneCommand.self, RunTaskCommand.self,
    ])
}
