import ArgumentParser
import Configuration
import Foundation
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

/// What this process has done so far as one of several ranks: processor time, waiting and traffic.
struct RankActivity {
  private let processorSeconds: Double
  private let ranks: Ranks?

  private struct Ranks {
    let count: Int
    let sentBytes: [MessagePurpose: Int]
    let exchangeCount: Int
    let waitingSeconds: (wall: Double, processor: Double)
  }

  init(of ranks: RankGroup?) {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    processorSeconds = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    self.ranks = ranks.map {
      Ranks(
        count: $0.count, sentBytes: $0.sentBytes, exchangeCount: $0.exchangeCount,
        waitingSeconds: $0.waitingSeconds)
    }
  }

  /// Returns the means over the steps since an earlier state.
  func figures(since before: RankActivity, steps: Double) -> [String: ConfigurationValue] {
    func perStep(_ value: Double) -> ConfigurationValue {
      .number((value / steps * 1e6).rounded() / 1e6)
    }
    let spent = processorSeconds - before.processorSeconds
    guard let ranks, let earlier = before.ranks else { return ["processor_s": perStep(spent)] }
    let waiting = ranks.waitingSeconds.processor - earlier.waitingSeconds.processor
    let sent = ranks.sentBytes.merging(earlier.sentBytes) { $0 - $1 }
    let byPurpose = MessagePurpose.allCases.compactMap { purpose in
      sent[purpose].map { ("\(purpose)", perStep(Double($0))) }
    }
    return [
      "exchanges": perStep(Double(ranks.exchangeCount - earlier.exchangeCount)),
      "processor_s": perStep(spent - waiting), "ranks": .integer(ranks.count),
      "sent_bytes": .object(Dictionary(uniqueKeysWithValues: byPurpose)),
      "sent_mb": perStep(Double(sent.values.reduce(0, +)) / 1e6),
      "wait_s": perStep(ranks.waitingSeconds.wall - earlier.waitingSeconds.wall),
    ]
  }
}
