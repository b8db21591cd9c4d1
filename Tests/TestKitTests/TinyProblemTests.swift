import Foundation
import Ranking
import TestKit
import Testing

@Suite struct TinyProblemTests {
  @Test(arguments: TinyProblem.all)
  func everyScenarioAndTaskHasBothLabels(tiny: TinyProblem) {
    for part in [tiny.training, tiny.validation, tiny.test] {
      for leaf in tiny.problem.scenarios.leaves.indices {
        for task in tiny.problem.tasks.indices {
          let labels = part.rows.filter { $0.leaf == leaf }.compactMap { $0.labels[task] }
          #expect(Set(labels) == [0, 1], "leaf \(leaf), task \(task)")
        }
      }
    }
  }

  @Test(arguments: TinyProblem.all)
  func batchHoldsTheRowsAskedFor(tiny: TinyProblem) {
    let rows = tiny.training
    let indices: [Int32] = [7, 3, 3, 100]
    let labeled = rows.batch(rows: indices)
    #expect(labeled.batch.rowCount == 4)
    #expect(labeled.labels.shape == [4, tiny.problem.tasks.count])
    for (position, index) in indices.enumerated() {
      let row = rows.rows[Int(index)]
      let width = tiny.problem.fields.count
      #expect(Array(labeled.batch.ids[position * width..<(position + 1) * width]) == row.ids)
      for (bag, ids) in zip(labeled.batch.bags, row.bags) {
        #expect(Array(bag.ids[Int(bag.offsets[position])..<Int(bag.offsets[position + 1])]) == ids)
      }
      for (task, label) in row.labels.enumerated() {
        let cell = position * tiny.problem.tasks.count + task
        #expect(labeled.mask.values[cell] == (label == nil ? 0 : 1))
        #expect(labeled.labels.values[cell] == label ?? 0)
      }
    }
  }

  @Test func rowsAreTheSameEveryTime() {
    let again = TinyProblem(name: "again", problem: TinyProblem.oneLevel.problem)
    #expect(again.training.rows == TinyProblem.oneLevel.training.rows)
    #expect(again.training.rows != again.validation.rows)
  }

  @Test func secondTaskIsDefinedWhereTheFirstHappened() {
    for row in TinyProblem.oneLevel.training.rows {
      #expect((row.labels[1] != nil) == (row.labels[0] == 1))
    }
  }

  @Test(arguments: [TinyProblem.followed, .chained])
  func aTaskHappensOnlyWhereTheOneItFollowsDoes(tiny: TinyProblem) throws {
    let followed = try TaskChains(tiny.problem.tasks).followed
    for (task, other) in followed.enumerated() {
      guard let other else { continue }
      for row in tiny.training.rows {
        #expect(row.labels[task] != nil && (row.labels[task] == 0 || row.labels[other] == 1))
      }
    }
  }

  @Test func someBagsAreEmptyAndSomeIdsUnknown() {
    let rows = TinyProblem.oneLevel.training.rows
    #expect(rows.contains { $0.bags[0].isEmpty })
    #expect(rows.contains { $0.ids.contains(0) })
  }

  @Test func emptyBatchKeepsItsShapes() {
    let empty = TinyProblem.oneLevel.training.batch(rows: [])
    #expect(empty.batch.rowCount == 0)
    #expect(empty.batch.numericals.shape == [0, 2])
    #expect(empty.batch.bags[0].offsets == [0])
  }

  @Test func temporaryFolderIsRemoved() throws {
    let folder = try withTemporaryFolder { folder in
      let contents = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(contents.isEmpty)
      return folder
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func dataFolderIsFoundFromThePackageRoot() {
    let manifest = DataFolder.packageRoot.appendingPathComponent("Package.swift").path
    #expect(FileManager.default.fileExists(atPath: manifest))
    #expect(!DataFolder.has("no such data set"))
  }
}
