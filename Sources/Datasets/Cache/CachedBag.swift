import Ranking

/// The values of one multi-valued field in the column files of a split.
struct CachedBag {
  /// Where each row's values begin, with the total at the end.
  let offsets: ColumnReader
  /// The values of all rows, one row after the other.
  let ids: ColumnReader

  /// Whether the offsets end where the values do.
  func isWhole(rowCount: Int) throws -> Bool {
    let end = try offsets.numbers(rowCount..<rowCount + 1, of: Int64.self)
    return end == [Int64(ids.byteCount / MemoryLayout<Int32>.stride)]
  }

  /// Returns the values of some rows.
  func batch(rows: [Int32]) throws -> Batch.Bag {
    var bag = Batch.Bag(offsets: [0], ids: [])
    bag.offsets.reserveCapacity(rows.count + 1)
    try rows.forEachRun(in: rows.indices) { _, run in
      let ends = try offsets.numbers(run.lowerBound..<run.upperBound + 1, of: Int64.self)
      let start = ends[0] - Int64(bag.ids.count)
      bag.offsets += ends.dropFirst().map { Int32($0 - start) }
      bag.ids += try ids.numbers(Int(ends[0])..<Int(ends[run.count]), of: Int32.self)
    }
    return bag
  }
}

extension [Int32] {
  /// Calls `body` with every longest run of neighbouring rows, and the position it begins at.
  func forEachRun(in positions: Range<Int>, _ body: (Int, Range<Int>) throws -> Void) rethrows {
    try withUnsafeBufferPointer { rows in
      var start = positions.lowerBound
      while start < positions.upperBound {
        var end = start + 1
        while end < positions.upperBound, rows[end] == rows[end - 1] + 1 { end += 1 }
        try body(start, Int(rows[start])..<Int(rows[start]) + end - start)
        start = end
      }
    }
  }
}
