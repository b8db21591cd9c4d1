import Configuration
import Foundation
import Testing
import Training

/// Metrics computed from the files of `predict` alone, in another way than the tool's.
@Suite struct PredictionTests {
  /// One line of a table of predictions.
  private struct Line {
    var row: Int
    var scenario, group, task: String
    var label: Bool?
    var score: Double
  }

  private static func lines(_ data: Data, score: String) throws -> [Line] {
    let text = String(decoding: data, as: UTF8.self).split(separator: "\n")
    #expect(text.first.map(String.init) == "row,scenario,group,task,label,\(score)")
    return try text.dropFirst().map { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      try #require(fields.count == 6)
      return Line(
        row: try #require(Int(fields[0])), scenario: fields[1], group: fields[2], task: fields[3],
        label: fields[4].isEmpty ? nil : fields[4] == "1", score: try #require(Double(fields[5])))
    }
  }

  /// The share of pairs of a positive and a negative row in the right order, ties counting half.
  private static func auc(_ lines: [Line]) -> Double? {
    let positives = lines.filter { $0.label == true }.map(\.score)
    let negatives = lines.filter { $0.label == false }.map(\.score)
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    var sum = 0.0
    for positive in positives {
      for negative in negatives { sum += positive > negative ? 1 : positive == negative ? 0.5 : 0 }
    }
    return sum / Double(positives.count * negatives.count)
  }

  private static func gauc(_ lines: [Line]) -> Double? {
    let groups = Dictionary(grouping: lines, by: \.group).filter { !$0.key.isEmpty }.values
    let defined = groups.compactMap { rows in auc(rows).map { ($0, Double(rows.count)) } }
    guard !defined.isEmpty else { return nil }
    return defined.reduce(0) { $0 + $1.0 * $1.1 } / defined.reduce(0) { $0 + $1.1 }
  }

  private static func logLoss(_ lines: [Line], isLogit: Bool) -> Double? {
    guard !lines.isEmpty else { return nil }
    return lines.reduce(0) { sum, line in
      let p = isLogit ? 1 / (1 + exp(-line.score)) : line.score
      return sum - log(line.label == true ? p : 1 - p)
    } / Double(lines.count)
  }

  private func expectEqual(_ a: Double?, _ b: Double?, _ comment: Comment) {
    #expect((a == nil) == (b == nil), comment)
    if let a, let b { #expect(abs(a - b) < 1e-7, comment) }
  }

  @Test(arguments: [("logit", "float32"), ("logit", "float64"), ("probability", "float64")])
  func everyMetricFollowsFromTheTable(scores: String, type: String) throws {
    try Workshop.with { workshop throws in
      for split in ["validation", "test"] {
        let written = try workshop.tool(
          "predict run --data data --split \(split) --output p.csv --scores \(scores) "
            + "--dtype \(type)")
        #expect(written.status == 0 && written.output.isEmpty && written.error.isEmpty)
        let lines = try Self.lines(try workshop.bytes("p.csv"), score: scores)
        let json = try workshop.tool("evaluate run --data data --split \(split) --json").output
        let grid = try MetricGrid(configuration: try ConfigurationValue(json: json))
        #expect(Set(lines.map(\.scenario)) == Set(grid.scenarios))
        for (task, name) in grid.tasks.enumerated() {
          let defined = lines.filter { $0.task == name && $0.label != nil }
          let cells = zip(grid.scenarios, grid.cells[task]).map { scenario, cell in
            (defined.filter { $0.scenario == scenario }, cell)
          }
          for (rows, cell) in cells + [(defined, grid.pooled[task])] {
            #expect(rows.count == cell.rows && cell.rows > 0)
            #expect(rows.count { $0.label == true } == cell.positives)
            expectEqual(Self.auc(rows), cell[.auc], "AUC of \(name)")
            expectEqual(Self.gauc(rows), cell[.gauc], "GAUC of \(name)")
            expectEqual(
              Self.logLoss(rows, isLogit: scores == "logit"), cell[.logLoss], "log loss of \(name)")
          }
        }
      }
    }
  }

  @Test func arraysAndTablesHaveTheSameNumbers() throws {
    try Workshop.with { workshop throws in
      for scores in ["logit", "probability"] {
        let command = "predict run --data data --split test --scores \(scores) --dtype float64"
        try workshop.tool(command + " --output p.npy")
        try workshop.tool(command + " --output table --format csv")
        let bytes = [UInt8](try workshop.bytes("p.npy"))
        let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
        #expect(String(decoding: bytes[10..<start], as: UTF8.self).hasPrefix("{'descr': '<f8'"))
        let values = stride(from: start, to: bytes.count, by: 8).map { place in
          Double(
            bitPattern: bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
        let lines = try Self.lines(try workshop.bytes("table"), score: scores)
        #expect(values == lines.map(\.score) && values.count == 160)
        #expect(lines.map(\.row) == (0..<160).map { $0 / 2 })
      }
    }
  }

  @Test func predictionsDoNotDependOnTheBatchSizeNorOnTheKindOfProcessorThatBLASKnows() throws {
    try Workshop.with { workshop throws in
      let record = try ConfigurationValue(
        json: String(decoding: workshop.bytes("run/record.json"), as: UTF8.self))
      for size in [1, 7, 512] {
        try workshop.tool(
          "train --data data --model shared-bottom --set epochs=1 --set batchSize=64 "
            + "--set evaluationBatchSize=\(size) --run-dir run\(size)")
        let other = try ConfigurationValue(
          json: String(decoding: workshop.bytes("run\(size)/record.json"), as: UTF8.self))
        for split in ["validation", "test"] {
          #expect(other[split]?.canonicalJSON == record[split]?.canonicalJSON)
        }
      }
      let command = "predict run --data data --split test --scores logit --output"
      let plain = try workshop.tool("\(command) plain.npy")
      #expect(plain.status == 0)
      for (index, core) in ["Prescott", "Nehalem", "Haswell", "SkylakeX"].enumerated() {
        let outcome = try workshop.tool(
          "\(command) p\(index).npy", environment: ["OPENBLAS_CORETYPE": core])
        guard outcome.status == 0 else { continue }
        let isSame = try workshop.bytes("p\(index).npy") == workshop.bytes("plain.npy")
        #expect(isSame, "\(core)")
      }
    }
  }

  @Test(arguments: [
    ("--scores odds", "scores"), ("--dtype float16", "dtype"), ("--format xls", "format"),
  ])
  func unknownChoicesAreRefused(option: String, name: String) throws {
    try Workshop.with { workshop throws in
      let failure = try workshop.failure(
        "predict run --data data --split test --output p.npy \(option)")
      #expect(failure.hasPrefix("64 ") && failure.contains("--\(name)"))
      #expect(!workshop.has("p.npy"))
    }
  }
}
