/// Segments of rows times blocks of columns: the units of column-wise work.
///
/// A block's rows stay in cache while several passes go over them.
struct ColumnGrid {
  struct Block {
    /// The segment that the block is of.
    let segment: Int
    /// The first column.
    let start: Int
    /// The number of columns.
    let width: Int
    /// The number of rows: all of the segment.
    let rowCount: Int
    /// The place of the block's first element in a tensor `[rows, columns]`.
    let offset: Int
    /// The place of the block's first column in a tensor `[segments, columns]`.
    let column: Int
  }

  let segments: [Range<Int>]
  let width: Int

  private static let blockWidth = 64

  /// Calls `body` with every block that has rows, on several threads.
  func forEach(_ body: (Block) -> Void) {
    let blockCount = (width + Self.blockWidth - 1) / Self.blockWidth
    parallelFor(segments.count * blockCount, blockSize: 1) { index in
      let (segment, part) = index.lowerBound.quotientAndRemainder(dividingBy: blockCount)
      let rows = segments[segment]
      guard !rows.isEmpty else { return }
      let start = part * Self.blockWidth
      body(
        Block(
          segment: segment, start: start, width: min(Self.blockWidth, width - start),
          rowCount: rows.count, offset: rows.lowerBound * width + start,
          column: segment * width + start))
    }
  }
}
