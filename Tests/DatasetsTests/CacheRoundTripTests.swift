import Datasets
import Foundation
import TensorCore
import TestKit
import Testing

@Suite struct CacheRoundTripTests {
  @Test func rowsComeBackInAnyOrderAsTheyWereWritten() throws {
    let folder = try TemporaryFolder()
    let dataset = try SmallProblem.write(at: folder["cache"])
    let rows: [Int32] = [17, 0, 39, 5, 5, 22]
    let batch = try dataset.training.rows.batch(rows: rows)
    for (position, row) in rows.enumerated() {
      let expected = SmallProblem.block(Int(row)..<Int(row) + 1)
      #expect(Array(batch.batch.ids[position * 2..<position * 2 + 2]) == expected.ids)
      #expect(
        Array(batch.batch.numericals.values[position * 2..<position * 2 + 2]) == expected.numericals
      )
      #expect(batch.batch.leaves[position] == expected.leaves[0])
      let bag = batch.batch.bags[0]
      let range = Int(bag.offsets[position])..<Int(bag.offsets[position + 1])
      #expect(Array(bag.ids[range]) == expected.bags[0].ids)
      let mask = expected.mask ?? []
      #expect(Array(batch.mask.values[position * 2..<position * 2 + 2]) == mask.map(Float.init))
      let labels = zip(expected.labels, mask).map { Float($0 * $1) }
      #expect(Array(batch.labels.values[position * 2..<position * 2 + 2]) == labels)
    }
    #expect(try dataset.training.rows.groups == (0..<40).map { Int32($0 / 4) })
    #expect(try dataset.validation.rows.batch(rows: [0]).batch.numericals.values == [40, 20])
    #expect(dataset.test.rows.rowCount == 10)
  }

  @Test func largeBatchesAreTheSameOnAnyNumberOfThreads() throws {
    let folder = try TemporaryFolder()
    let dataset = try SmallProblem.write(at: folder["cache"])
    let rows = (0..<5000).map { Int32(($0 * 7) % 40) }
    let one = try dataset.training.rows.batch(rows: rows)
    Parallelism.use(threadCount: 2)
    defer { Parallelism.use(threadCount: 1) }
    let two = try dataset.training.rows.batch(rows: rows)
    #expect(one.batch.ids == two.batch.ids)
    #expect(one.batch.numericals.values == two.batch.numericals.values)
    #expect(one.labels.values == two.labels.values)
    #expect(one.batch.bags[0].ids == two.batch.bags[0].ids)
  }

  @Test func emptyBatchIsAllowed() throws {
    let folder = try TemporaryFolder()
    let batch = try SmallProblem.write(at: folder["cache"]).training.rows.batch(rows: [])
    #expect(batch.batch.rowCount == 0)
    #expect(batch.batch.bags[0].offsets == [0])
  }

  @Test func countsAreOfDefinedCells() throws {
    let folder = try TemporaryFolder()
    let counts = try SmallProblem.write(at: folder["cache"]).counts(of: .test)
    #expect(counts.rowCount == 10)
    #expect(counts.rowCounts == [4, 3, 3])
    #expect(counts.definedCount(task: 0) == 10)
    #expect(counts.definedCount(task: 1) == 5)
    #expect(counts.positiveCount(task: 0) == 5)
    #expect(counts.positiveCount(task: 1) == 1)
  }

  @Test func fingerprintDependsOnRowsAloneNotOnBlocksOrPlace() throws {
    let folder = try TemporaryFolder()
    let first = try SmallProblem.write(at: folder["a"], rowsPerBlock: 10)
    let second = try SmallProblem.write(at: folder["b"], rowsPerBlock: 7)
    let other = try SmallProblem.write(at: folder["c"], groups: false)
    #expect(first.fingerprint == second.fingerprint)
    #expect(first.fingerprint != other.fingerprint)
    #expect(first.fingerprint.count == 64)
  }

  @Test func maskOfOnesAndMissingGroupsTakeNoFile() throws {
    let folder = try TemporaryFolder()
    let dataset = try SmallProblem.write(at: folder["cache"], mask: false, groups: false)
    let names = dataset.manifest.splits[0].files.map(\.name)
    #expect(!names.contains("mask.u8") && !names.contains("groups.i32"))
    #expect(try dataset.training.rows.batch(rows: [3]).mask.values == [1, 1])
    #expect(try dataset.training.rows.groups == nil)
  }

  @Test func writingAgainReplacesTheCacheAndLeavesNothingElse() throws {
    let folder = try TemporaryFolder()
    try SmallProblem.write(at: folder["cache"])
    try SmallProblem.write(at: folder["cache"], groups: false)
    #expect(
      try Dataset.open(at: folder["cache"], verifyingDigests: true).training.rows.groups == nil)
    #expect(folder.contents == ["cache"])
  }

  @Test func droppedWriterLeavesNothing() throws {
    let folder = try TemporaryFolder()
    do {
      let writer = try DatasetWriter(
        problem: SmallProblem.problem, at: folder["cache"], provenance: [:])
      try writer.append(SmallProblem.block(0..<10), to: .train)
    }
    #expect(folder.contents.isEmpty)
  }

  @Test func ceilingsPlantedGroupsAndProvenanceComeBack() throws {
    let folder = try TemporaryFolder()
    let writer = try DatasetWriter(
      problem: SmallProblem.problem, at: folder["cache"], provenance: ["seed": "3"])
    for split in SplitName.allCases { try writer.append(SmallProblem.block(0..<9), to: split) }
    let ceilings = Ceilings(
      expected: Ceilings.Table(
        cells: [[0.7, nil, 0.8], [0.6, 0.5, nil]], macroMeans: [0.75, 0.55], pooled: [0.76, nil]),
      realized: Ceilings.Table(
        cells: [[0.71, nil, 0.79], [0.5, 0.5, nil]], macroMeans: [0.75, 0.5], pooled: [nil, 0.5]))
    try writer.finish(ceilings: ceilings, plantedGroups: [1, 0, 1])
    let dataset = try Dataset.open(at: folder["cache"])
    #expect(dataset.ceilings == ceilings)
    #expect(dataset.plantedGroups == [1, 0, 1])
    #expect(dataset.manifest.provenance == ["seed": "3"])
  }

  @Test func plantedGroupsThatDoNotFitTheScenariosAreRefused() throws {
    let folder = try TemporaryFolder()
    for groups in [[0, 1], [0, 1, -1]] {
      let writer = try DatasetWriter(
        problem: SmallProblem.problem, at: folder["cache"], provenance: [:])
      for split in SplitName.allCases { try writer.append(SmallProblem.block(0..<9), to: split) }
      #expect(
        message { try writer.finish(plantedGroups: groups) }
          == "the planted groups do not fit the scenarios")
    }
    #expect(folder.contents.isEmpty)
  }

  @Test func dataWithoutPlantedGroupsDoNotMentionThem() throws {
    let folder = try TemporaryFolder()
    let dataset = try SmallProblem.write(at: folder["cache"])
    #expect(dataset.plantedGroups == nil)
    let manifest = try String(contentsOf: folder["cache/dataset.json"], encoding: .utf8)
    #expect(!manifest.contains("plantedGroups"))
  }
}
