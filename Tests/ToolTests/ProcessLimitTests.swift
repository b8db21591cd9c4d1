import Configuration
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

  @Test func aLinearFitThatIsStoppedSaysThatItHasNoCheckpoint() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.tool(
          "data synth aliexpress --rows 300000 --set ctcvrMultiplier=10 --output many"
        ).status == 0)
      let training = try KilledRun.start(
        "train --data many --model logistic-regression --run-dir linear", in: workshop)
      training.waitFor("linear/heartbeat.json", in: workshop)
      #expect(training.kill(SIGINT))
      let error = String(decoding: try workshop.bytes("killed.error"), as: UTF8.self)
      #expect(
        error.hasSuffix(
          "aesm2: stopped without a checkpoint; to begin anew: aesm2 train --data many "
            + "--run-dir linear --resume\n"), "\(error)")
      #expect(training.process.terminationStatus == 130)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aSecondSignalKillsARunThatDoesNotStop() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("epochs: 3", with: "epochs: 100000", in: "experiment.yaml")
      let sweep = try KilledRun.start("sweep experiment.yaml", in: workshop)
      // A process that is halted does not see SIGINT.
      let child = try #require(childProcess(of: sweep, in: workshop))
      kill(child, SIGSTOP)
      defer { kill(child, SIGKILL) }
      kill(sweep.process.processIdentifier, SIGINT)
      usleep(500_000)
      #expect(sweep.process.isRunning)
      sweep.kill(SIGINT)
      #expect(sweep.process.terminationStatus == 130)
      #expect(kill(child, 0) != 0)
      let error = String(decoding: try workshop.bytes("killed.error"), as: UTF8.self)
      #expect(
        error.contains("still running at the second signal, so its process is killed"), "\(error)")
    }
  }

  /// Waits until a run of a sweep tells the number of its process; nil where the sweep ends before.
  private func childProcess(of sweep: KilledRun, in workshop: Workshop) -> Int32? {
    while sweep.process.isRunning {
      usleep(10_000)
      let runs = try? FileManager.default.contentsOfDirectory(atPath: workshop["runs"].path)
      for run in runs ?? [] {
        guard let heartbeat = try? workshop.bytes("runs/\(run)/heartbeat.json"),
          let value = try? ConfigurationValue(json: String(decoding: heartbeat, as: UTF8.self)),
          let number = value["process"].flatMap(Int.init(configuration:))
        else { continue }
        return Int32(number)
      }
    }
    return nil
  }

  @Test func aColumnFileThatIsCutDuringTrainingIsNamed() throws {
    try Workshop.with { workshop throws in
      let training = try KilledRun.start(
        "train --data data --model shared-bottom --set epochs=100000 --set patience=0 "
          + "--checkpoint-seconds 0 --run-dir new", in: workshop)
      training.waitFor("new/checkpoint.safetensors", in: workshop)
      truncate(workshop["data/train/ids.i32"].path, 0)
      training.process.waitUntilExit()
      #expect(training.process.terminationReason == .exit)
      #expect(training.process.terminationStatus == 1)
      let error = String(decoding: try workshop.bytes("killed.error"), as: UTF8.self)
      let sentence = "data/train/ids.i32 became shorter while it was read, or its disk failed\n"
      #expect(error.hasSuffix(sentence), "\(error)")
    }
  }

  /// Without Swift's own handler, which lets a process go on that got the signal from outside.
  @Test func anotherBusErrorEndsTheProcessAsEver() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        """
        export SWIFT_BACKTRACE=enable=no
        "$A" train --data data --model shared-bottom --set epochs=20000 --set patience=0 \\
          --checkpoint-seconds 0 --run-dir new &
        while [ ! -e new/checkpoint.safetensors ]; do sleep 0.05; done
        kill -BUS $!; wait $!
        """)
      #expect(outcome.status == 128 + SIGBUS)
    }
  }

  @Test(
    .enabled(if: isLinux, "only Linux limits the address space"),
    arguments: [
      "train --data data --model mmoe --set epochs=1 --threads 2 --run-dir new",
      "bench --threads 2", "bench trace --model mmoe --threads 2 --output new",
    ])
  func tooLittleMemoryForProductsIsASentence(commandLine: String) throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        """
        ulimit -v 250000
        timeout -s KILL 40 "$A" \(commandLine)
        """)
      #expect(outcome.status == 1)
      #expect(
        outcome.error.hasPrefix("aesm2: there is not enough memory for matrix products"),
        "\(outcome.error)")
      #expect(!workshop.has("new"))
    }
  }

  /// More than enough for the program, too little for the tensors of the model.
  @Test(.enabled(if: isLinux, "only Linux limits the address space"))
  func tooLittleMemoryToTrainIsASentenceAndTheRunCanGoOn() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        """
        ulimit -v 800000
        timeout -s KILL 60 "$A" train --data data --model mmoe --set expertCount=256 --set epochs=1 \
          --set batchSize=4096 --set 'expertSizes=[512,512]' --threads 1 --run-dir new
        """)
      #expect(outcome.status == 1)
      #expect(
        outcome.error.contains("aesm2: there is not enough memory within the limit of 781 MiB")
          && outcome.error.contains("--run-dir new --resume"), "\(outcome.error)")
      #expect(!outcome.error.contains("Fatal error") && !outcome.error.contains("Backtrace"))
      #expect(workshop.has("new"))
      let bench = try workshop.shell(
        """
        ulimit -v 800000
        timeout -s KILL 60 "$A" bench train --model mmoe --experts 256 --batch-size 4096 --threads 1
        """)
      #expect(bench.status == 1 && bench.output.isEmpty)
      #expect(bench.error.hasSuffix("(ulimit -v); nothing was measured\n"), "\(bench.error)")
    }
  }

  /// Limits from too little to enough; the loader alone says what is too little for itself.
  @Test(
    .enabled(if: isLinux, "only Linux limits the address space"),
    arguments: [
      "import schema.yaml --files files", "synth aliexpress --rows 300000 --set ctcvrMultiplier=10",
    ])
  func tooLittleMemoryToMakeADataSetIsASentenceAndLeavesNothing(command: String) throws {
    try Workshop.with { workshop throws in
      let lines = Workshop.csv.split(separator: "\n", maxSplits: 1)
      let rows = String(repeating: String(lines[1]), count: 500)
      try workshop.write("\(lines[0])\n\(rows)", to: "files/log.csv")
      func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
          .filter { !$0.hasPrefix(".shell") }.sorted()
      }
      let (before, manifest) = (try names(), try workshop.bytes("data/dataset.json"))
      for limit in [145_000, 160_000, 200_000] {
        let outcome = try workshop.shell(
          "ulimit -v \(limit); timeout -s KILL 40 \"$A\" data \(command) --threads 2 --output data")
        if outcome.status == 0 || outcome.status == 127 { continue }
        #expect(outcome.status == 1)
        #expect(outcome.error.hasPrefix("aesm2: there is not enough memory"), "\(outcome.error)")
        #expect(outcome.error.count { $0 == "\n" } == 1, "\(outcome.error)")
        #expect(outcome.output.isEmpty)
        #expect(try names() == before)
        #expect(try workshop.bytes("data/dataset.json") == manifest)
      }
      let enough = try workshop.shell(
        "ulimit -v 4000000; \"$A\" data \(command) --threads 2 --output data")
      #expect(enough.status == 0 && enough.error.isEmpty, "\(enough.error)")
      #expect(try names() == before)
      #expect(try workshop.bytes("data/dataset.json") != manifest)
    }
  }

  @Test(.enabled(if: isLinux, "only Linux limits the address space"))
  func workWithLimitedMemoryStopsAndFailsLikeAnyOther() throws {
    try Workshop.with { workshop throws in
      let stopped = try workshop.shell(
        """
        ulimit -v 4000000
        "$A" data synth aliexpress --rows 20000000 --output twin --threads 2 &
        sleep 1; kill -TERM $!; wait $!
        """)
      #expect(stopped.status == 143)
      #expect(stopped.error == "aesm2: stopped; no data set was written\n")
      let failed = try workshop.shell(
        "ulimit -v 4000000; \"$A\" data import schema.yaml --files nowhere --output twin")
      #expect(failed.status == 1)
      #expect(failed.error.hasPrefix("aesm2: ") && failed.error.contains("nowhere"))
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
      #expect(!names.contains { $0 == "twin" || $0.contains("partial") }, "\(names)")
      let terminated = try workshop.shell(
        "ulimit -v 4000000; \"$A\" data import --files files --output twin -- schema.yaml")
      #expect(terminated.status == 0 && workshop.has("twin"), "\(terminated.error)")
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
