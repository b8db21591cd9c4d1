import Foundation
import Testing

/// Signals, memory limits and parents that go away.
@Suite struct ProcessLimitTests {
  private static let isLinux = FileManager.default.fileExists(atPath: "/proc/self/status")

  @Test(arguments: zip([SIGINT, SIGTERM, SIGHUP], [130, 143, 129] as [Int32]))
  func everySignalThatStopsWorkHasItsOwnStatus(signal: Int32, status: Int32) throws {
    try Workshop.with { workshop throws in
      let training = try KilledRun.start(
        "train --data data --model shared-bottom --set epochs=2000 --set patience=0 "
          + "--checkpoint-seconds 0 --run-dir new", in: workshop)
      training.waitFor("new/checkpoint.safetensors", in: workshop)
      training.kill(signal)
      #expect(training.process.terminationStatus == status)
      #expect(training.process.terminationReason == .exit)
      #expect(workshop.has("new/checkpoint.safetensors"))

      try workshop.replace("epochs: 3", with: "epochs: 2000", in: "experiment.yaml")
      let sweep = try KilledRun.start(
        "sweep experiment.yaml --checkpoint-seconds 0", in: workshop)
      sweep.waitFor("runs", in: workshop)
      sweep.kill(signal, afterMicroseconds: 500_000)
      #expect(sweep.process.terminationStatus == status)

      let making = try KilledRun.start(
        "data synth aliexpress --rows 20000000 --output twin", in: workshop)
      making.kill(signal, afterMicroseconds: 500_000)
      #expect(making.process.terminationStatus == status)
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
      #expect(!names.contains { $0 == "twin" || $0.contains("partial") }, "\(names)")
    }
  }

  @Test func whatAKilledSynthLeavesIsRemovedByTheNext() throws {
    try Workshop.with { workshop throws in
      let making = try KilledRun.start(
        "data synth aliexpress --rows 20000000 --output twin", in: workshop)
      making.kill(SIGKILL, afterMicroseconds: 500_000)
      #expect(
        try workshop.tool("data import schema.yaml --files files --output data").status == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
      #expect(!names.contains { $0.contains("partial") }, "\(names)")
    }
  }

  @Test(.enabled(if: isLinux, "only Linux limits the address space"))
  func tooLittleMemoryForProductsIsASentence() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        """
        ulimit -v 250000
        "$A" train --data data --model mmoe --set epochs=1 --threads 2 --run-dir new
        """)
      #expect(outcome.status == 1)
      #expect(
        outcome.error.hasPrefix("aesm2: there is not enough memory for matrix products"),
        "\(outcome.error)")
      #expect(!workshop.has("new"))
    }
  }

  /// The checkpoint is a pipe that nobody writes to: the run waits for it without end.
  @Test func aStuckRunDoesNotOutliveItsSweep() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.removeItem(at: workshop["run/record.json"])
      #expect(mkfifo(workshop["run/checkpoint.safetensors"].path, 0o600) == 0)
      let begin = ContinuousClock.now
      _ = try workshop.shell(
        """
        "$A" run-one run --data data --parent $$ > log 2>&1 &
        echo $! > pid; sleep 1
        """)
      let pid = try #require(
        Int32(
          String(decoding: try workshop.bytes("pid"), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)))
      while kill(pid, 0) == 0, ContinuousClock.now - begin < .seconds(40) { usleep(100_000) }
      #expect(ContinuousClock.now - begin < .seconds(30))
      #expect(
        String(decoding: try workshop.bytes("log"), as: UTF8.self).contains("the sweep is gone"))
    }
  }
}
