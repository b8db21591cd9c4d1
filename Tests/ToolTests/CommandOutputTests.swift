import Configuration
import Foundation
import Testing
import Training

/// What commands print for programs, and the files they write for them.
@Suite struct CommandOutputTests {
  @Test func predictionsAreANumPyArrayThatAgreesWithTheRecord() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool("predict run --data data --split test --output p.npy")
      #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty)
      let bytes = [UInt8](try workshop.bytes("p.npy"))
      #expect(bytes.prefix(8) == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
      let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
      #expect(start.isMultiple(of: 64))
      let header = String(decoding: bytes[10..<start], as: UTF8.self)
      #expect(
        header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (80, 2,), }")
          && header.hasSuffix("\n"))
      let values = stride(from: start, to: bytes.count, by: 4).map { place in
        Float(
          bitPattern: bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
      }
      #expect(values.count == 160 && values.allSatisfy { $0 > 0 && $0 < 1 })
      let record = try ConfigurationValue(
        json: String(decoding: workshop.bytes("run/record.json"), as: UTF8.self))
      let grid = try MetricGrid(configuration: try #require(record["test"]))
      let clicks = stride(from: 0, to: 160, by: 2).map { Double(values[$0]) }.reduce(0, +)
      let copc = try #require(grid.pooled[0][.copc])
      #expect(abs(Double(grid.pooled[0].positives) / clicks - copc) < 1e-5)
    }
  }

  @Test func evaluationRepeatsTheRecord() throws {
    try Workshop.with { workshop throws in
      let record = try ConfigurationValue(
        json: String(decoding: workshop.bytes("run/record.json"), as: UTF8.self))
      for split in ["validation", "test"] {
        let outcome = try workshop.tool("evaluate run --data data --split \(split) --json")
        let grid = try ConfigurationValue(json: outcome.output)
        #expect(grid.canonicalJSON == record[split]?.canonicalJSON)
        let text = try workshop.tool("evaluate run --data data --split \(split) --threads 3").output
        #expect(text.contains("click / macro mean") && text.contains("buy / pooled"))
      }
    }
  }

  @Test func trainingPrintsItsRecordAndResumingAFinishedRunRepeatsIt() throws {
    try Workshop.with { workshop throws in
      let again = try workshop.tool("train --data data --run-dir run --resume --json")
      #expect(again.status == 0)
      #expect(Data(again.output.utf8) == (try workshop.bytes("run/record.json")))
    }
  }

  @Test func descriptionAndLint() throws {
    try Workshop.with { workshop throws in
      let value = try ConfigurationValue(
        json: try workshop.tool("data describe data --json").output)
      #expect(value["scenarios"]?["leaves"]?.canonicalJSON == "[\"A\",\"B\"]")
      #expect(value["features"]?["numerical"]?.canonicalJSON == "[\"price\"]")
      let text = try workshop.tool("data describe data --verify").output
      #expect(text.contains("task click: defined on all rows"))
      let lint = try workshop.tool("data lint data")
      #expect(lint.status == 0 && lint.output.contains("note: "))
      #expect(try workshop.tool("data lint data --json").output.hasPrefix("{\"findings\":["))
    }
  }

  @Test func finishedExperimentIsNotRunAgain() throws {
    try Workshop.with { workshop throws in
      let first = try workshop.tool("sweep experiment.yaml --jobs 2")
      #expect(first.status == 0 && first.output.contains("| Shared-Bottom |"))
      let second = try workshop.tool("sweep experiment.yaml --jobs 2")
      #expect(second.status == 0 && second.error.isEmpty && second.output == first.output)
      let status = try ConfigurationValue(
        json: try workshop.tool("status experiment.yaml --json").output)
      guard case .list(let runs)? = status["runs"] else {
        Issue.record("no runs in \(status)")
        return
      }
      #expect(runs.count == 4 && runs.allSatisfy { $0["state"] == .string("done") })
    }
  }
}
