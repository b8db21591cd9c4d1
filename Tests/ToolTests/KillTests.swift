import Foundation
import Testing

/// Training that is killed at arbitrary points resumes to the same bits.
///
/// `make chaos` kills sweeps.
@Suite(.serialized) struct KillTests {
  private static let pointCount = 6

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

  /// Kills fall into rungs, between checkpoint and pause, and between rungs.
  @Test(arguments: ["asha", "{id: median-stopping, minimumTrials: 2}"])
  func killedSweepOfPrunedTrialsResumesToTheSameTable(scheduler: String) throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        """
          - id: shared-bottom
          - id: aesm2
            search: {strategy: random, trials: 1}

        """,
        with: """
            - id: shared-bottom
          search: {strategy: random, trials: 6, seed: 2, scheduler: \(scheduler)}

          """, in: "experiment.yaml")
      try workshop.replace("epochs: 3", with: "epochs: 9", in: "experiment.yaml")
      let sweeping = "sweep experiment.yaml --jobs 2 --checkpoint-seconds 0.01"
      let clock = ContinuousClock()
      var outcome = ToolBinary.Outcome(status: 1, output: "", error: "")
      let whole = try clock.measure { outcome = try workshop.tool("\(sweeping) --store whole") }
      #expect(outcome.status == 0 && outcome.error.contains("paused after 1 epoch"))
      let table = try self.table("whole", in: workshop)
      let status = try workshop.tool("status experiment.yaml --store whole").output
      #expect(status.contains("pruned") && status.contains("6/6"), "\(status)")
      let count = max(2, Self.pointCount / 3)
      for index in 0..<count {
        let store = "store-\(index)"
        for point in 1...2 {
          let delay = whole / .seconds(1) * 1e6 * (Double(index) + 0.37) / Double(count * point)
          try KilledRun.start("\(sweeping) --store \(store)", in: workshop)
            .kill(SIGKILL, afterMicroseconds: UInt32(delay))
        }
        let again = try workshop.tool("\(sweeping) --store \(store)")
        #expect(again.status == 0, "\(again.error)")
        #expect(try self.table(store, in: workshop) == table)
        for run in try FileManager.default.contentsOfDirectory(atPath: workshop["whole"].path) {
          for file in ["weights.safetensors", "curves.jsonl"]
          where workshop.has("whole/\(run)/\(file)") {
            #expect(
              try workshop.bytes("\(store)/\(run)/\(file)")
                == workshop.bytes("whole/\(run)/\(file)"))
          }
        }
      }
    }
  }

  /// The table of a store without what is measured.
  private func table(_ store: String, in workshop: Workshop) throws -> [[Substring]] {
    let rows = try workshop.unmeasuredTable(store: store)
    #expect(rows.count > 8)
    return rows
  }
}
