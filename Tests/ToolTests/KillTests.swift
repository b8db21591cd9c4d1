import Foundation
import Testing

/// `kill -9` at arbitrary points, then resumption: the same bits, the same table.
///
/// The environment variable `AESM2_KILL_POINTS` sets the number of points (`make kill-test`).
@Suite(.serialized) struct KillTests {
  private static let pointCount =
    ProcessInfo.processInfo.environment["AESM2_KILL_POINTS"].flatMap { Int($0) } ?? 6

  /// The time of the kill: spread evenly over that of a whole run, with an odd fraction.
  private static func delays(_ whole: Double) -> [UInt32] {
    (0..<pointCount).map { UInt32(whole * 1e6 * (Double($0) + 0.37) / Double(pointCount)) }
  }

  private let training =
    "train --data data --model aesm2 --set epochs=12 --set batchSize=8 --set dropout=0.1 "
    + "--set evaluationsPerEpoch=3 --set patience=0 --checkpoint-seconds 0.01"

  @Test func killedTrainingResumesToTheSameBits() throws {
    try Workshop.with { workshop throws in
      let clock = ContinuousClock()
      var status: Int32 = 1
      let whole = try clock.measure {
        status = try workshop.tool("\(training) --run-dir whole").status
      }
      #expect(status == 0)
      let weights = try workshop.bytes("whole/weights.safetensors")
      let curves = try workshop.bytes("whole/curves.jsonl")
      var killCount = 0
      for (index, delay) in Self.delays(whole / .seconds(1)).enumerated() {
        let run = "run-\(index)"
        if try KilledRun.start("\(training) --run-dir \(run)", in: workshop)
          .kill(SIGKILL, afterMicroseconds: delay)
        {
          killCount += 1
        }
        if try KilledRun.start("\(training) --run-dir \(run)", in: workshop).kill(SIGKILL) {
          killCount += 1
        }
        let again = workshop.has("\(run)/configuration.json") ? " --resume" : ""
        let outcome = try workshop.tool("\(training) --run-dir \(run)\(again)")
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try workshop.bytes("\(run)/weights.safetensors") == weights)
        #expect(try workshop.bytes("\(run)/curves.jsonl") == curves)
        #expect(!workshop.has("\(run)/checkpoint.safetensors"))
      }
      #expect(killCount >= Self.pointCount / 2)
    }
  }

  @Test func killedSweepResumesToTheSameTable() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("epochs: 3", with: "epochs: 6", in: "experiment.yaml")
      let sweeping = "sweep experiment.yaml --jobs 2 --checkpoint-seconds 0.01"
      let clock = ContinuousClock()
      var status: Int32 = 1
      let whole = try clock.measure {
        status = try workshop.tool("\(sweeping) --store whole").status
      }
      #expect(status == 0)
      let table = try self.table("whole", in: workshop)
      let count = max(2, Self.pointCount / 3)
      for index in 0..<count {
        let store = "store-\(index)"
        let delay = whole / .seconds(1) * 1e6 * (Double(index) + 0.61) / Double(count)
        try KilledRun.start("\(sweeping) --store \(store)", in: workshop)
          .kill(SIGKILL, afterMicroseconds: UInt32(delay))
        let outcome = try workshop.tool("\(sweeping) --store \(store)")
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try self.table(store, in: workshop) == table)
        for run in try FileManager.default.contentsOfDirectory(atPath: workshop["whole"].path) {
          #expect(
            try workshop.bytes("\(store)/\(run)/weights.safetensors")
              == workshop.bytes("whole/\(run)/weights.safetensors"))
        }
      }
    }
  }

  /// The table as CSV without the columns of measured times.
  private func table(_ store: String, in workshop: Workshop) throws -> [[Substring]] {
    let csv = try workshop.tool("report experiment.yaml --store \(store) --format csv").output
    var rows = csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    for name in ["seconds_per_epoch", "processor_seconds_per_epoch", "rows_per_second"] {
      let measured = try #require(rows.first?.firstIndex(of: name[...]))
      for index in rows.indices { rows[index].remove(at: measured) }
    }
    #expect(rows.count > 10)
    return rows
  }
}
