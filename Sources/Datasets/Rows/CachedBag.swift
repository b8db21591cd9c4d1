import Configuration
import Ranking

/// The values of one multi-valued field in the column files of a split.
struct CachedBag {
  let field: CategoricalField
  /// Where each row's values begin, with the total at the end.
  let offsets: ColumnReader
  /// The values of all rows, one row after the other.
  let ids: ColumnReader

  /// Checks that the offsets end where the values do.
  ///
  /// - Throws: ``Diagnostic`` that names the file.
  func checkEnd(rowCount: Int) throws {
    guard try offsets.numbers(rowCount..<rowCount + 1, of: Int64.self) == [idCount] else {
      throw Diagnostic("is corrupt: its end is not the number of ids").at(offsets.path)
    }
  }

  /// Returns the values of some rows.
  ///
  /// - Throws: ``Diagnostic`` where the files cannot be read, or hold offsets or ids out of range.
  func batch(rows: [Int32]) throws -> Batch.Bag {
    var bag = Batch.Bag(offsets: [0], ids: [])
    bag.offsets.reserveCapacity(rows.count + 1)
    try rows.forEachRun(in: rows.indices) { _, run in
      let ends = try offsets.numbers(run.lowerBound..<run.upperBound + 1, of: Int64.self)
      try check(ends, firstRow: run.lowerBound)
      let start = ends[0] - Int64(bag.ids.count)
      guard ends[run.count] - start <= Int32.max else {
        throw Diagnostic(
          "\(rows.count) rows have more than \(Int32.max) values of '\(field.name)' together; "
            + "use smaller batches")
      }
      bag.offsets += ends.dropFirst().map { Int32($0 - start) }
      bag.ids += try ids.numbers(Int(ends[0])..<Int(ends[run.count]), of: Int32.self)
    }
    let limit = UInt32(field.vocabularySize)
    guard bag.ids.withUnsafeBufferPointer({ RowRanges.areBelow(limit, $0) }) else {
      throw unknownID(in: bag, rows)
    }
    return bag
  }

  private var idCount: Int64 { Int64(ids.byteCount / MemoryLayout<Int32>.stride) }

  /// Checks that offsets do not decrease and are within the values.
  private func check(_ ends: [Int64], firstRow: Int) throws {
    var least: Int64 = 0
    for (index, end) in ends.enumerated() {
      guard end >= least, end <= idCount else {
        throw Diagnostic(
          "is corrupt: row \(firstRow + max(0, index - 1)): the offset \(end) is not in "
            + "\(least)...\(idCount); import the data again"
        ).at(offsets.path)
      }
      least = end
    }
  }

  /// The error of the first id that is not in the vocabulary.
  private func unknownID(in bag: Batch.Bag, _ rows: [Int32]) -> Diagnostic {
    let bad = bag.ids.firstIndex { $0 < 0 || $0 >= field.vocabularySize } ?? 0
    let row = bag.offsets.lastIndex { $0 <= bad } ?? 0
    return Diagnostic(
      "is corrupt: row \(rows[min(row, rows.count - 1)]): id \(bag.ids[bad]) of field "
        + "'\(field.name)' is not in 0..<\(field.vocabularySize); import the data again"
    ).at(ids.path)
  }
}

extension [Int32] {
  /// Calls `body` with every longest run of neighboring rows, and the position it begins at.
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
