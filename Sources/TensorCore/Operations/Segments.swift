/// The rows that each of several affine maps works on.
///
/// The rows of the operand form contiguous parts, and every part is read by the same number of
/// maps. Map `e` reads the rows `input[e]` of the operand and writes the rows `output[e]` of the
/// result, in which the rows of all maps are contiguous, starting with the maps of the first part.
public struct Segments: Sendable, Equatable {
  /// The rows that each map reads.
  public let input: [Range<Int>]

  /// The rows that each map writes.
  public let output: [Range<Int>]

  /// The number of rows of the operand.
  public let inputRowCount: Int

  /// The number of maps that read each part.
  public let readerCount: Int

  /// The number of rows of the result.
  public var outputRowCount: Int { output.last?.upperBound ?? 0 }

  /// Creates segments for parts of the given sizes.
  ///
  /// - Parameters:
  ///   - counts: The number of rows of every part.
  ///   - readerCount: The number of maps that read each part.
  public init(counts: [Int], readerCount: Int = 1) {
    let parts = Self.endToEnd(counts)
    input = parts.flatMap { Array(repeating: $0, count: readerCount) }
    output = Self.endToEnd(input.map(\.count))
    inputRowCount = parts.last?.upperBound ?? 0
    self.readerCount = readerCount
  }

  /// Returns the segments with which each of `count` maps reads all `rowCount` rows.
  public static func all(rowCount: Int, count: Int) -> Segments {
    Segments(counts: [rowCount], readerCount: count)
  }

  /// The segments for a following layer, which reads the output of this one.
  public var following: Segments { Segments(counts: output.map(\.count)) }

  /// A block of rows, counted within a part, with the maps that read the part.
  struct Block {
    let maps: Range<Int>
    let rows: Range<Int>
  }

  /// The rows of every map, cut into blocks of nearly equal size, the largest first.
  var mapBlocks: [Block] {
    let limit = productRowLimit(total: outputRowCount)
    return Self.sorted(
      output.indices.flatMap { map in
        evenRanges(output[map].count, atMost: limit).map { Block(maps: map..<map + 1, rows: $0) }
      })
  }

  /// The rows of every part, cut into blocks of nearly equal size, the largest first.
  var partBlocks: [Block] {
    let limit = productRowLimit(total: inputRowCount)
    return Self.sorted(
      stride(from: 0, to: input.count, by: max(1, readerCount)).flatMap { first in
        evenRanges(input[first].count, atMost: limit).map {
          Block(maps: first..<first + readerCount, rows: $0)
        }
      })
  }

  private static func sorted(_ blocks: [Block]) -> [Block] {
    blocks.sorted { $0.rows.count > $1.rows.count }
  }

  private static func endToEnd(_ counts: [Int]) -> [Range<Int>] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return start..<start + count
    }
  }
}
