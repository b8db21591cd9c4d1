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
}
