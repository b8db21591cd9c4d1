import MessagePassing
import TestKit
import Testing

@Suite("The ranks of a group") struct RankGroupTests {
  @Test(arguments: [1, 2, 3, 5]) func shareEveryNumberOfRows(count: Int) throws {
    let shares = try withRanks(count) { ranks in
      (0...17).map { total in (0..<ranks.count).map { ranks.share(of: total, rank: $0) } }
    }
    for (total, parts) in shares[0].enumerated() {
      #expect(parts.flatMap { Array($0) } == Array(0..<total))
      #expect(parts.allSatisfy { abs($0.count * count - total) < count })
    }
  }

  @Test(arguments: [2, 3, 5]) func gatherTheValuesOfAllInRankOrder(count: Int) throws {
    let gathered = try withRanks(count) { ranks in
      ranks.gathered([ranks.rank, 10 * ranks.rank], for: .control)
    }
    #expect(gathered.allSatisfy { $0 == (0..<count).map { [$0, 10 * $0] } })
  }

  @Test(arguments: [2, 3, 5]) func exchangePartsOfUnknownLengths(count: Int) throws {
    let received = try withRanks(count) { ranks in
      ranks.exchanged(
        (0..<ranks.count).map { Array(repeating: Float(ranks.rank), count: $0 * ranks.rank) },
        for: .lookups)
    }
    for (rank, parts) in received.enumerated() {
      #expect(parts == (0..<count).map { Array(repeating: Float($0), count: $0 * rank) })
    }
  }

  @Test func addInRankOrderSoThatAllHaveTheSameBits() throws {
    let values = [1e16, 1, -1e16, 1]
    let sums = try withRanks(4) { ranks in ranks.sum([values[ranks.rank]]) }
    #expect(sums == Array(repeating: [((1e16 + 1) - 1e16) + 1], count: 4))
  }

  @Test func hearWhatTheLeaderSays() throws {
    let heard = try withRanks(3) { ranks in ranks.broadcast([UInt8(7 + ranks.rank), 2]) }
    #expect(heard == [[7, 2], [7, 2], [7, 2]])
  }

  @Test func countTheBytesThatTheySend() throws {
    let sent = try withRanks(3) { ranks in
      _ = ranks.gathered([Float(1), 2], for: .moments)
      return ranks.sentBytes
    }
    #expect(sent == Array(repeating: [.moments: 16], count: 3))
  }
}
