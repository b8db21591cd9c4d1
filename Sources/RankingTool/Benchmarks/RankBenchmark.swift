import ArgumentParser
import MessagePassing

struct BenchRanksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ranks",
    abstract: "Measure training steps of one model by several ranks, and their traffic.",
    discussion: """
      The figures of 'aesm2 bench train' for all ranks of an MPI job together, of which the first prints \
      them; batch-size is that of all ranks. sent_bytes: what one rank sends in a step, by purpose; \
      wait_s: how long it waits for messages. Without --ranks: the same for one process, to compare.

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
