/// Which rows each of several affine maps works on.
///
/// Map `e` reads the rows `input[e]` of its operand and writes the rows `output[e]` of the result.
/// The output ranges lie end to end. Input ranges are either the same as the output ranges, or all
/// of them are the whole operand (every map reads every row).
public struct Segments: Sendable, Equatable {
  /// The rows that each map reads.
  public let input: [Range<Int>]

  /// The rows that each map writes.
  public let output: [Range<Int>]

  /// The number of rows of the operand.
  public let inputRowCount: Int

  /// The number of rows of the result.
  public var outputRowCount: Int { output.last?.upperBound ?? 0 }

  /// Creates segments that lie end to end in operand and result.
  public init(counts: [Int]) {
    var ranges: [Range<Int>] = []
    var start = 0
    for count in counts {
      ranges.append(start..<start + count)
      start += count
    }
    input = ranges
    output = ranges
    inputRowCount = start
  }

  private init(input: [Range<Int>], output: [Range<Int>], inputRowCount: Int) {
    self.input = input
    self.output = output
    self.inputRowCount = inputRowCount
  }

  /// Returns the segments with which each of `count` maps reads all `rowCount` rows.
  public static func all(rowCount: Int, count: Int) -> Segments {
    Segments(
      input: Array(repeating: 0..<rowCount, count: count),
      output: (0..<count).map { $0 * rowCount..<($0 + 1) * rowCount }, inputRowCount: rowCount)
  }

  /// The same segments for a second layer, which reads what this layer wrote.
  public var following: Segments { Segments(counts: output.map(\.count)) }

  /// Whether several maps read the same rows.
  var sharesInput: Bool { input.count > 1 && input[0] == input[1] && !input[0].isEmpty }

  /// Some rows of one map, counted within its segment.
  struct Block {
    let map: Int
    let rows: Range<Int>
  }

  /// All segments, cut into blocks of nearly equal size, the largest first.
  var blocks: [Block] {
    let limit = productRowLimit(total: outputRowCount)
    let blocks = output.indices.flatMap { map in
      evenRanges(output[map].count, atMost: limit).map { Block(map: map, rows: $0) }
    }
    return blocks.sorted { $0.rows.count > $1.rows.count }
  }
}
