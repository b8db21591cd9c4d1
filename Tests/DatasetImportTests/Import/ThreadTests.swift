import Foundation
import TensorCore
import TestKit
import Testing

@Suite(.serialized) struct ThreadTests {
  private func onThreads<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
    let before = Parallelism.threadCount
    Parallelism.use(threadCount: count)
    defer { Parallelism.use(threadCount: before) }
    return try body()
  }

  /// Rows enough for several chunks, with quotes, groups, a bag and a missing number.
  private var large: SmallImport {
    var small = SmallImport()
    small.csv =
      "user,place,price,day,tags,click\n"
      + (0..<60_000).map { row in
        let price = row % 97 == 0 ? "" : "\(Double(row * 7919 % 10_007) / 1000)"
        let tags = row % 5 == 0 ? "\"t\(row % 7)|\"\"x\"\"\"" : "t\(row % 11)"
        return "u\(row * 31 % 5003),\(row % 3 == 0 ? "B" : "A"),\(price),\(row % 8 + 1),\(tags),"
          + "\(row % 4 == 0 ? 1 : 0)\n"
      }.joined()
    small.features =
      "{categorical: [user], multivalued: [{name: tags, separator: '|'}], "
      + "numerical: [{name: price, missing: mean}, {name: day, scale: none}]}"
    small.more = "group: [place, user]\nstatistics: {folds: 5, rates: [{tasks: click, of: [user]}]}"
    return small
  }

  /// What a cache is recognized by, and its files that no digest covers.
  private func bytes(of small: SmallImport) throws -> [Data] {
    let folder = try TemporaryFolder()
    let dataset = try small.run(in: folder)
    var manifest = dataset.manifest
    // The files are the same, in another place.
    for index in manifest.origin?.files.indices ?? 0..<0 {
      manifest.origin?.files[index].path = ""
      manifest.origin?.files[index].modified = 0
    }
    return [Data(dataset.fingerprint.utf8), try manifest.encoded()]
      + (try ["vocabularies.json", "lint.json"].map {
        try Data(contentsOf: folder["cache"].appending(path: $0))
      })
  }

  @Test func everyByteOfACacheIsTheSameForAnyNumberOfThreads() throws {
    let caches = try [1, 2, 5].map { count in try onThreads(count) { try bytes(of: large) } }
    #expect(caches[1] == caches[0])
    #expect(caches[2] == caches[0])
  }

  @Test(arguments: [0, 1_500_000]) func rowsInAScratchFileMakeTheSameCache(limit: Int) throws {
    var spilling = large
    spilling.memoryLimit = limit
    #expect(try bytes(of: spilling) == bytes(of: large))
  }

  @Test func theEarliestErrorIsReportedForAnyNumberOfThreads() throws {
    var broken = large
    let lines = broken.csv.split(separator: "\n", omittingEmptySubsequences: false)
    var changed = lines
    changed[59_000] = "u1,A"
    changed[20_000] = "u1,A,1,1"
    broken.csv = changed.joined(separator: "\n")
    for count in [1, 2, 5] {
      #expect(
        try onThreads(count) { try broken.failure() }
          == "log.csv:20001: 4 cells, but there are 6 columns")
    }
  }

  @Test func aPipelineHandsOnInOrder() throws {
    struct Odd: Error, Equatable { var number: Int }
    for count in [1, 2, 5] {
      try onThreads(count) {
        var numbers = (0..<500).makeIterator()
        var seen: [Int] = []
        try orderedPipeline(
          next: { numbers.next() }, work: { $0 * 2 }, inOrder: { seen.append($0) })
        #expect(seen == (0..<500).map { $0 * 2 })

        numbers = (0..<500).makeIterator()
        seen = []
        #expect(throws: Odd(number: 77)) {
          try orderedPipeline(
            next: { numbers.next() },
            work: { if $0 >= 77, $0 % 11 == 0 { throw Odd(number: $0) } },
            inOrder: { seen.append(seen.count) })
        }
        #expect(seen.count == 77)
      }
    }
  }
}
