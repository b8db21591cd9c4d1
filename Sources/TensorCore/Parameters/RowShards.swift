import MessagePassing

/// The division of the rows of an embedding table among ranks: row i is row i / n of rank i mod n.
///
/// Neighboring ids, such as those of one field, thus lie on different ranks. Every rank looks up the
/// distinct rows of its part of the batch where they are kept, and sends their gradients back; a
/// row's optimizer state never leaves its rank.
package struct RowShards {
  /// The number of rows of the whole table.
  package let rowCount: Int

  private let ranks: RankGroup

  package init(rowCount: Int, ranks: RankGroup) {
    self.rowCount = rowCount
    self.ranks = ranks
  }

  /// The number of rows on this rank.
  package var ownRowCount: Int { rowCount(ofRank: ranks.rank) }

  /// Returns the number of rows on a rank.
  package func rowCount(ofRank rank: Int) -> Int {
    (rowCount - rank + ranks.count - 1) / ranks.count
  }

  /// Returns the row of the whole table that is a given row of this rank.
  package func row(ofOwn own: Int) -> Int { own * ranks.count + ranks.rank }

  /// Returns this rank's rows of a whole table.
  package func ownRows(of whole: Tensor) -> Tensor {
    let width = whole.columnCount
    let result = Tensor(uninitialized: [ownRowCount, width])
    for own in 0..<ownRowCount {
      (result.pointer + own * width).update(
        from: whole.pointer + row(ofOwn: own) * width, count: width)
    }
    return result
  }

  // MARK: Lookups

  /// Returns rows of the whole table; collective.
  ///
  /// - Parameters:
  ///   - indices: The rows, distinct, in increasing order.
  ///   - own: This rank's rows: `[ownRowCount, columns]`.
  /// - Returns: `[indices.count, columns]`.
  func rows(_ indices: [Int32], of own: Tensor) -> Tensor {
    let wanted = divided(indices)
    let asked = ranks.exchanged(wanted.map(\.rows), for: .lookups)
    let answers = asked.map { own.gatheringRows($0) }
    let received = exchangedValues(
      answers, rowCounts: wanted.map(\.rows.count), width: own.columnCount, for: .lookups)
    let result = Tensor(uninitialized: [indices.count, own.columnCount])
    for (part, values) in zip(wanted, received) {
      result.setRows(part.places, to: values)
    }
    return result
  }

  // MARK: Gradients

  /// Returns the sum over ranks of the gradients of this rank's rows, with its own numbers of rows;
  /// collective.
  ///
  /// - Parameter gradient: The gradient of rows of the whole table from this rank's part of the
  ///   batch; nil if it reaches none.
  package func sum(_ gradient: RowGradient?, columns: Int) -> RowGradient {
    let indices = gradient?.indices ?? []
    let parts = divided(indices)
    let received = ranks.exchanged(parts.map(\.rows), for: .rowGradients)
    let values = exchangedValues(
      parts.map { gradient?.values.gatheringRows($0.places) ?? Tensor(zeros: [0, columns]) },
      rowCounts: received.map(\.count), width: columns, for: .rowGradients)
    return RowGradient(summing: received, values)
  }

  /// Returns the summed gradient of all rows, for a table that every rank has whole; collective.
  ///
  /// - Parameter own: The sum of this rank's rows, from ``sum(_:columns:)``.
  package func replicated(_ own: RowGradient) -> RowGradient {
    let columns = own.values.columnCount
    let indices = own.indices.map { Int32(row(ofOwn: Int($0))) }
    let all = ranks.exchanged(
      Array(repeating: indices, count: ranks.count), for: .rowGradients)
    let values = exchangedValues(
      Array(repeating: own.values, count: ranks.count), rowCounts: all.map(\.count),
      width: columns, for: .rowGradients)
    return RowGradient(summing: all, values)
  }

  /// Returns for every rank which of some rows it has, by its own numbers, and their places.
  private func divided(_ indices: [Int32]) -> [(rows: [Int32], places: [Int32])] {
    var parts = (0..<ranks.count).map { _ in (rows: [Int32](), places: [Int32]()) }
    for (place, index) in indices.enumerated() {
      let (row, rank) = Int(index).quotientAndRemainder(dividingBy: ranks.count)
      parts[rank].rows.append(Int32(row))
      parts[rank].places.append(Int32(place))
    }
    return parts
  }

  /// Sends `parts[r]` to every rank r; `rowCounts` are the numbers of rows to receive.
  private func exchangedValues(
    _ parts: [Tensor], rowCounts: [Int], width: Int, for purpose: MessagePurpose
  ) -> [Tensor] {
    var received = rowCounts.map { Tensor(uninitialized: [$0, width]) }
    received[ranks.rank] = parts[ranks.rank]
    withExtendedLifetime((parts, received)) {
      ranks.wait(
        ranks.start(
          sends: ranks.others.map { ($0, parts[$0].bytes) },
          receives: ranks.others.map { ($0, received[$0].mutableBytes) }, for: purpose))
    }
    return received
  }
}

extension RowGradient {
  /// Creates the sum of gradients of some rows each, added in order.
  init(summing indices: [[Int32]], _ values: [Tensor]) {
    let width = values[0].columnCount
    let all = Tensor(uninitialized: [indices.reduce(0) { $0 + $1.count }, width])
    var start = 0
    for part in values {
      (all.pointer + start).update(from: part.pointer, count: part.count)
      start += part.count
    }
    let (distinct, takers) = distinctRows(indices.flatMap { $0 })
    let sums = Tensor(uninitialized: [distinct.count, width])
    parallelFor(distinct.count, blockSize: rowBlock) { block in
      takers.sum(all, into: sums, rows: block)
    }
    self.init(indices: distinct, values: sums)
  }
}

extension Tensor {
  /// The bytes of the elements, valid as long as the tensor lives.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }

  /// The bytes of the elements, valid as long as the tensor lives.
  package var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: pointer, count: count * MemoryLayout<Float>.stride)
  }

  fileprivate func gatheringRows(_ rows: [Int32]) -> Tensor {
    let result = Tensor(uninitialized: [rows.count, columnCount])
    for (place, row) in rows.enumerated() {
      (result.pointer + place * columnCount).update(
        from: pointer + Int(row) * columnCount, count: columnCount)
    }
    return result
  }

  fileprivate func setRows(_ rows: [Int32], to values: Tensor) {
    for (place, row) in rows.enumerated() {
      (pointer + Int(row) * columnCount).update(
        from: values.pointer + place * columnCount, count: columnCount)
    }
  }
}

extension RowShards {
  /// Brings a divided tensor, such as a table or its optimizer state, to the leader, block by block;
  /// collective.
  ///
  /// - Parameters:
  ///   - own: This rank's rows: `[ownRowCount, columns]`.
  ///   - body: Called on the leader with the bytes of every block of rows, in order.
  package func forEachBlock(
    of own: Tensor, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    let (width, count) = (own.columnCount, ranks.count)
    let rowsPerBlock = max(1, (1 << 20) / max(1, width * count))
    for first in stride(from: 0, to: rowCount(ofRank: 0), by: rowsPerBlock) {
      func rows(of rank: Int) -> Range<Int> {
        let end = rowCount(ofRank: rank)
        return min(first, end)..<min(first + rowsPerBlock, end)
      }
      let sent = rows(of: ranks.rank)
      let bytes = UnsafeRawBufferPointer(
        start: own.pointer + sent.lowerBound * width, count: sent.count * width * 4)
      guard ranks.isLeader else {
        ranks.wait(ranks.start(sends: [(0, bytes)], receives: [], for: .checkpoint))
        continue
      }
      let leaderRows = own.pointer + sent.lowerBound * width
      let received = (0..<count).map { Tensor(uninitialized: [rows(of: $0).count, width]) }
      ranks.wait(
        ranks.start(
          sends: [], receives: ranks.others.map { ($0, received[$0].mutableBytes) },
          for: .checkpoint))
      let block = Tensor(
        uninitialized: [(0..<count).reduce(0) { $0 + rows(of: $1).count }, width])
      for row in 0..<block.rowCount {
        let (local, rank) = row.quotientAndRemainder(dividingBy: count)
        let source = (rank == 0 ? leaderRows : received[rank].pointer) + local * width
        (block.pointer + row * width).update(from: source, count: width)
      }
      try withExtendedLifetime((block, received)) { try body(block.bytes) }
    }
  }
}
