import DatasetImport
import Datasets
import Foundation
import Ranking
import TestKit
import Testing

/// What a cache says of tasks that follow others.
@Suite struct TaskChainTests {
  /// Writes rows of one label pattern per row in every split.
  private func write(
    _ tasks: [RankingTask], labels: [[UInt8]], mask: [[UInt8]]? = nil, at url: URL
  ) throws -> Dataset {
    let problem = Problem(
      fields: [.init(name: "user", vocabularySize: 9)],
      scenarios: ScenarioTree(name: "country", values: ["NL"]), tasks: tasks)
    let writer = try DatasetWriter(problem: problem, at: url, provenance: [:])
    for split in SplitName.allCases {
      try writer.append(
        RowBlock(
          ids: labels.indices.map { Int32($0 % 9) }, numericals: [],
          leaves: labels.map { _ in 0 }, labels: labels.flatMap { $0 },
          mask: mask.map { $0.flatMap { $0 } }), to: split)
    }
    return try writer.finish()
  }

  private func tasks(_ names: [String], follows: String?) -> [RankingTask] {
    names.map { RankingTask(name: $0, follows: $0 == names.last ? follows : nil) }
  }

  @Test func ofTwoTasksTheFingerprintLeavesTheChainOut() throws {
    let folder = try TemporaryFolder()
    let labels: [[UInt8]] = [[0, 0], [1, 0], [1, 1]]
    let plain = try write(tasks(["click", "buy"], follows: nil), labels: labels, at: folder["a"])
    let chained = try write(
      tasks(["click", "buy"], follows: "click"), labels: labels, at: folder["b"])
    #expect(plain.fingerprint == chained.fingerprint)
    let opened = try Dataset.open(at: folder["b"])
    #expect(opened.problem.tasks.map(\.follows) == [nil, "click"])
    #expect(
      DatasetDescription(opened).description.contains(
        "task buy: defined on all rows, follows click"))
  }

  @Test func ofThreeTasksTheFingerprintTellsChainsApart() throws {
    let folder = try TemporaryFolder()
    let labels: [[UInt8]] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]
    let fingerprints = try [nil, "click", "cart"].enumerated().map { index, follows in
      try write(
        tasks(["click", "cart", "buy"], follows: follows), labels: labels,
        at: folder["\(index)"]
      ).fingerprint
    }
    #expect(Set(fingerprints).count == 3)
  }

  /// Caches that were written before tasks could follow each other have no such key.
  @Test func aTaskWithoutTheKeyFollowsNone() throws {
    let folder = try TemporaryFolder()
    _ = try write(
      tasks(["click", "buy"], follows: nil), labels: [[0, 0], [1, 1]], at: folder["cache"])
    let text = try String(contentsOf: folder["cache/dataset.json"], encoding: .utf8)
    #expect(!text.contains("follows"))
    let opened = try Dataset.open(at: folder["cache"])
    #expect(opened.problem.tasks.allSatisfy { $0.follows == nil })
  }

  @Test func aCircleInADescriptionIsCorrupt() throws {
    let folder = try TemporaryFolder()
    let circle = [
      RankingTask(name: "click", follows: "buy"), RankingTask(name: "buy", follows: "click"),
    ]
    let text = message {
      _ = try write(circle, labels: [[0, 0], [1, 1]], at: folder["cache"])
    }
    #expect(
      text.hasSuffix("tasks follow each other in a circle: 'click' follows 'buy' follows 'click'"))
  }

  @Test func lintCountsPositivesThatDoNotFollow() throws {
    let folder = try TemporaryFolder()
    let labels: [[UInt8]] = [[0, 0], [1, 0], [1, 1], [0, 1], [1, 1], [1, 1]]
    let dataset = try write(
      tasks(["click", "buy"], follows: "click"), labels: labels, at: folder["cache"])
    let found = try DatasetLint(dataset).run().findings.filter { $0.kind == .strayLabels }
    #expect(found.map(\.split) == [.train, .validation, .test])
    #expect(found.allSatisfy { $0.severity == .warning && $0.task == "buy" && $0.value == 1 })
    #expect(
      found.first?.message
        == "task 'buy' follows 'click', but 1 of its 4 positives (25.0 %) in the train split are on "
        + "rows where 'click' is not 1")
  }

  @Test func lintLooksAtDefinedLabelsAlone() throws {
    let folder = try TemporaryFolder()
    let dataset = try write(
      ["click", "buy"].map {
        RankingTask(name: $0, domain: "seen", follows: $0 == "buy" ? "click" : nil)
      }, labels: [[0, 0], [1, 1], [0, 1]], mask: [[1, 1], [1, 1], [0, 0]], at: folder["cache"])
    #expect(try DatasetLint(dataset).run().findings.allSatisfy { $0.kind != .strayLabels })
  }
}
