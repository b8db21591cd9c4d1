import Configuration
import Foundation
import Testing

/// Several processes that work on one store, and runs that misbehave.
@Suite struct WorkCommandTests {
  /// The table of a store without what is measured.
  private func table(_ store: String, in workshop: Workshop) throws -> [[Substring]] {
    let rows = try workshop.unmeasuredTable(store: store)
    #expect(rows.count > 10)
    return rows
  }

  @Test func processesThatStartTogetherShareTheRuns() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --store alone").status == 0)
      let workers = try (0..<3).map { index in
        try ToolBinary.start(
          ["work", "experiment.yaml", "--store", "shared"], in: workshop.folder,
          output: workshop["output-\(index)"], error: workshop["error-\(index)"])
      }
      let sweep = try workshop.tool("sweep experiment.yaml --store shared")
      #expect(sweep.status == 0, "\(sweep.error)")
      for worker in workers { worker.waitUntilExit() }
      #expect(workers.allSatisfy { $0.terminationStatus == 0 })
      let outputs = try (0..<3).map {
        String(decoding: try workshop.bytes("output-\($0)"), as: UTF8.self)
      }
      let counts = outputs.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
      #expect(outputs.allSatisfy { $0.hasSuffix(" of 4 done by this process\n") }, "\(outputs)")
      let starts = try
        (["error-0", "error-1", "error-2"].map {
          String(decoding: try workshop.bytes($0), as: UTF8.self)
        } + [sweep.error]).joined().split(separator: "\n").count { $0.contains(": started (") }
      #expect(starts == 4)
      #expect(counts.count == 3 && counts.reduce(0, +) <= 4)
      #expect(try table("shared", in: workshop) == table("alone", in: workshop))
    }
  }

  @Test func aRunBeyondItsTimeFailsAlone() throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        "models:\n", with: "limits: {minutes: 0.1}\nmodels:\n", in: "experiment.yaml")
      try workshop.replace(
        "  - id: aesm2\n",
        with: "  - id: aesm2\n    training: {epochs: 100000, patience: 0}\n", in: "experiment.yaml")
      try workshop.replace(
        "metrics: [auc]\n", with: "metrics: [auc]\nbudgetNote: a test\n", in: "experiment.yaml")
      let outcome = try workshop.tool("work experiment.yaml --jobs 4")
      #expect(outcome.status == 1)
      let sentence = "took longer than its limit of 0.1 min"
      #expect(outcome.error.contains("AESM², seed 1: failed: \(sentence)"), "\(outcome.error)")
      let status = try workshop.tool("status experiment.yaml").output
      #expect(status.contains("2 of 4 runs done"), "\(status)")
      #expect(status.contains("failed: AESM², seed 2: \(sentence)"), "\(status)")
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/statm"), "needs /proc"))
  func aRunBeyondItsMemoryFails() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("epochs: 3", with: "epochs: 3000, patience: 0", in: "experiment.yaml")
      let outcome = try workshop.tool("sweep experiment.yaml --jobs 2 --limit-memory 1MB")
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("failed: took more memory than its limit: "))
      #expect(outcome.error.contains(" MB of 1.0 MB"), "\(outcome.error)")
    }
  }

  @Test func aDamagedCheckpointLetsItsRunStartOver() throws {
    try Workshop.with { workshop throws in
      let training =
        "train --data data --model shared-bottom --set epochs=40 --set patience=0 --set batchSize=8 "
        + "--checkpoint-seconds 0"
      #expect(try workshop.tool("\(training) --run-dir whole").status == 0)
      let stopped = try KilledRun.start("\(training) --run-dir part", in: workshop)
      stopped.waitFor("part/checkpoint.safetensors", in: workshop)
      stopped.kill(SIGKILL)
      var bytes = try workshop.bytes("part/checkpoint.safetensors")
      bytes[bytes.count / 2] ^= 4
      try bytes.write(to: workshop["part/checkpoint.safetensors"])
      let outcome = try workshop.tool("train --data data --run-dir part --resume")
      #expect(outcome.status == 0)
      let sentence =
        "part/checkpoint.safetensors: is corrupt: its bytes do not have the checksum that it gives: "
        + "the run starts over"
      #expect(outcome.error.contains("aesm2: \(sentence)\n"), "\(outcome.error)")
      #expect(
        try workshop.bytes("part/weights.safetensors")
          == workshop.bytes("whole/weights.safetensors"))
    }
  }

  @Test func statusShowsWhatASweepElsewhereDoes() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("epochs: 3", with: "epochs: 100000, patience: 0", in: "experiment.yaml")
      let sweep = try KilledRun.start("sweep experiment.yaml --jobs 2", in: workshop)
      defer { sweep.kill(SIGTERM) }
      var status = ""
      for _ in 0..<200 where !status.contains("rows/s") {
        usleep(100_000)
        status = try workshop.tool(
          "status experiment.yaml", environment: ["COLUMNS": "100"]
        ).output
      }
      let lines = status.split(separator: "\n")
      #expect(
        lines.contains { $0.hasPrefix("[....") && $0.contains("0/4 done, 2 running, ") },
        "\(status)")
      #expect(
        lines.count { $0.hasPrefix("  Shared-Bottom, seed ") && $0.contains(" [") } == 2,
        "\(status)")
      let json = try workshop.tool("status experiment.yaml --json").output
      guard case .list(let active)? = try ConfigurationValue(json: json)["active"] else {
        Issue.record("no list of active runs: \(json)")
        return
      }
      #expect(active.count == 2)
    }
  }
}
