import Foundation
import TestKit
import Testing

// Internal: mappedByteLimit.
@testable import Datasets

/// Files above the limit for mapping are read piece by piece.
@Suite struct LargeFileTests {
  private func reopened(_ dataset: Dataset) throws -> Dataset {
    try Dataset.open(at: dataset.url, verifyingDigests: true, mappedByteLimit: 0)
  }

  @Test func giveTheSameRowsAsMappedOnes() throws {
    let folder = try TemporaryFolder()
    let mapped = try SmallProblem.write(at: folder["cache"])
    let read = try reopened(mapped)
    for rows in [[17, 0, 39, 5, 6, 7, 7, 22], [], Array(0..<40).map(Int32.init)] {
      let (a, b) = (
        try mapped.training.rows.batch(rows: rows), try read.training.rows.batch(rows: rows)
      )
      #expect(a.batch.ids == b.batch.ids)
      #expect(a.batch.leaves == b.batch.leaves)
      #expect(a.batch.numericals.values == b.batch.numericals.values)
      #expect(a.batch.bags[0].ids == b.batch.bags[0].ids)
      #expect(a.batch.bags[0].offsets == b.batch.bags[0].offsets)
      #expect(a.labels.values == b.labels.values && a.mask.values == b.mask.values)
    }
    #expect(try read.training.rows.groups == mapped.training.rows.groups)
  }

  @Test func fileThatIsCutWhileInUseIsNamed() throws {
    let folder = try TemporaryFolder()
    let dataset = try reopened(try SmallProblem.write(at: folder["cache"]))
    let path = folder["cache/train/numericals.f32"].path
    try #require(truncate(path, 100) == 0)
    #expect(try dataset.training.rows.batch(rows: [3]).batch.numericals.values == [3, 1.5])
    for rows in [[Int32(39)], Array(0..<40)] {
      #expect(
        message { _ = try dataset.training.rows.batch(rows: rows) }
          == "\(path) became shorter while it was read")
    }
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/maps"), "there is no /proc"))
  func areNotMappedButSmallOnesAre() throws {
    let folder = try TemporaryFolder()
    let url = try SmallProblem.write(at: folder["cache"]).url
    let dataset = try Dataset.open(at: url, verifyingDigests: true, mappedByteLimit: 200)
    _ = try dataset.training.rows.batch(rows: (0..<40).reversed())
    let maps = try withExtendedLifetime(dataset) {
      try #require(FileHandle(forReadingAtPath: "/proc/self/maps")).readToEnd() ?? Data()
    }
    let mapped = String(decoding: maps, as: UTF8.self).split(separator: "\n")
      .filter { $0.contains(url.path + "/train/") }.compactMap { $0.split(separator: "/").last }
    // 160 bytes of groups and leaves, 80 of labels and mask, but 320 of ids and numericals.
    #expect(Set(mapped) == ["groups.i32", "labels.u8", "leaves.i32", "mask.u8", "bag0.ids.i32"])
  }
}
