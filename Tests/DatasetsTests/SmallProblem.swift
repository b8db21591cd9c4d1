import Datasets
import Foundation
import Ranking

/// Two fields, one bag, two numericals, three scenarios, two tasks; values that tell their row.
enum SmallProblem {
  static let problem = Problem(
    fields: [.init(name: "user", vocabularySize: 100), .init(name: "item", vocabularySize: 7)],
    bags: [.init(name: "tags", vocabularySize: 50)], numericals: ["age", "price"],
    scenarios: ScenarioTree(name: "country", values: ["NL", "ES", "FR"]),
    tasks: [RankingTask(name: "click"), RankingTask(name: "buy", domain: "click = 1")])

  static func block(_ rows: Range<Int>, mask: Bool = true, groups: Bool = true) -> RowBlock {
    var offsets: [Int32] = [0]
    var bagIDs: [Int32] = []
    for row in rows {
      bagIDs += (0..<row % 3).map { Int32((row + $0) % 50) }
      offsets.append(Int32(bagIDs.count))
    }
    return RowBlock(
      ids: rows.flatMap { [Int32($0 % 100), Int32($0 % 7)] },
      bags: [.init(offsets: offsets, ids: bagIDs)],
      numericals: rows.flatMap { [Float($0), Float($0) / 2] }, leaves: rows.map { Int32($0 % 3) },
      labels: rows.flatMap { [UInt8($0 % 2), UInt8($0 % 5 == 0 ? 1 : 0)] },
      mask: mask ? rows.flatMap { [1, UInt8($0 % 2)] } : nil,
      groups: groups ? rows.map { Int32($0 / 4) } : nil)
  }

  @discardableResult
  static func write(
    at url: URL, rowsPerBlock: Int = 10, mask: Bool = true, groups: Bool = true
  ) throws -> Dataset {
    let writer = try DatasetWriter(problem: problem, at: url, provenance: ["source": "made up"])
    for (split, rows) in [(SplitName.train, 0..<40), (.validation, 40..<60), (.test, 60..<70)] {
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsPerBlock) {
        let end = min(start + rowsPerBlock, rows.upperBound)
        try writer.append(block(start..<end, mask: mask, groups: groups), to: split)
      }
    }
    return try writer.finish()
  }
}
