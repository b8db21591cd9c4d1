import ArgumentParser
import MessagePassing

struct BenchRanksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ranks",
    abstract: "Measure training steps of one model by several ranks, and their traffic.",
    discussion: """
      The figures of 'aesm2 bench train' for all ranks of an MPI job together, printed by the first; \
      batch-size is that of all ranks. Of a step of one rank: sent_bytes by purpose, exchanges, \
      wait_s (time spent waiting for messages) and processor_s (processor time without waiting). \
      Without --ranks: the same for one process, to compare.

      Example:
        aesm2 bench ranks --model mmoe --threads 1 --batch-size 4096 --json
      """)

  @OptionGroup var measurement: MeasurementOptions

  @OptionGroup var rankOptions: RankOptions

  func run() throws {
    let ranks = try rankOptions.join()
    try measurement.report(printing: ranks?.isLeader ?? true) { workload, warmUp, steps in
      try StepBenchmark(
        workload: workload, warmUp: warmUp ?? 3, steps: steps ?? 20, ranks: ranks
      ).measure()
    }
  }
}
