import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure speed and memory.",
    discussion: """
      Without a subcommand: kernels and the training steps of every model, as JSON. For reliable \
      figures, run nothing else on the machine and unset OPENBLAS_CORETYPE.

      Example:
        aesm2 bench train --model mmoe --threads 2 --json
      """,
    subcommands: [
      BenchAllCommand.self, BenchTrainCommand.self, BenchRanksCommand.self, BenchScoreCommand.self,
      BenchAUCCommand.self,
      BenchPeakCommand.self, BenchTraceCommand.self, BenchCacheCommand.self,
    ],
    defaultSubcommand: BenchAllCommand.self)
}
