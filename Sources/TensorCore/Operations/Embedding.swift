import CNumerics

extension Variable {
  /// Returns rows of a table by id, concatenated for each batch row and followed by other columns.
  ///
  /// - table (self): `[vocabularySize, columns]`; ids: `rows · fieldCount` numbers, row-major;
  ///   others: `[rows, c_i]`; result: `[rows, fieldCount · columns + Σ c_i]`.
  /// - Backward: if the table is a parameter, its gradient is a ``RowGradient`` of the rows that
  ///   occur, each summed in order of position; every other variable gets its columns of dy.
  /// - Precondition: every id is in `0..<vocabularySize`.
  public func embedded(
    ids: [Int32], fieldCount: Int, beside others: [Variable] = []
  ) -> Variable {
    require(shape.count == 2, "embeddings from \(described): [ids, columns] is wanted")
    let (size, width) = (shards?.rowCount ?? shape[0], shape[1])
    let rows = fieldCount == 0 ? 0 : ids.count / fieldCount
    require(rows * fieldCount == ids.count, "\(ids.count) ids for rows of \(fieldCount) fields")
    require(
      others.allSatisfy { $0.shape.count == 2 && $0.shape[0] == rows },
      "\(others.map(\.described).joined(separator: ", ")) beside the embeddings of \(rows) rows")
    let embedded = fieldCount * width
    require(ids.allSatisfy { $0 >= 0 && $0 < size }, "an id is outside of \(described)")
    let y = Tensor(uninitialized: [rows, embedded + others.reduce(0) { $0 + $1.shape[1] }])
    let here = rowsHere(of: ids)
    here.ids.withUnsafeBufferPointer { ids in
      parallelFor(rows, blockSize: rowBlock) { block in
        ck_gather_fields(
          here.table.pointer, ids.baseAddress.map { $0 + block.lowerBound * fieldCount },
          y.pointer + block.lowerBound * y.columnCount, block.count, fieldCount, width,
          y.columnCount)
      }
    }
    y.setColumns(from: embedded, to: others)
    return record(
      y, from: [self] + others,
      cost: .others(forward: 0, backward: needsGradient ? rows * embedded : 0),
      naive: { inputs in
        let parts = (0..<rows).map { row in
          ids[row * fieldCount..<(row + 1) * fieldCount].flatMap { id in
            (0..<width).map { inputs[0][Int(id), $0] }
          }
            + inputs.dropFirst().flatMap { part in
              (0..<part.columnCount).map { part[row, $0] }
            }
        }
        return NaiveTensor(parts.flatMap { $0 }, shape: y.shape)
      },
      backward: { dy in
        self.accumulateRows(dy, ids: ids, fieldCount: fieldCount)
        dy.distributeColumns(from: embedded, to: others)
      })
  }

  /// Returns the sum or mean of the table rows in every bag.
  ///
  /// - table (self): `[vocabularySize, columns]`; bag `i` holds `ids[offsets[i]..<offsets[i + 1]]`;
  ///   result: `[offsets.count - 1, columns]`, zeros for an empty bag.
  /// - Backward: as for ``embedded(ids:fieldCount:beside:)``, with each id getting its bag's
  ///   gradient, divided by the size of the bag for means.
  public func pooled(ids: [Int32], offsets: [Int32], mean: Bool) -> Variable {
    require(shape.count == 2, "embeddings from \(described): [ids, columns] is wanted")
    let (size, width) = (shards?.rowCount ?? shape[0], shape[1])
    let rows = offsets.count - 1
    require(
      rows >= 0 && Int(offsets[rows]) == ids.count,
      "\(offsets.count) offsets that do not end with the number of ids, \(ids.count)")
    require(ids.allSatisfy { $0 >= 0 && $0 < size }, "an id is outside of \(described)")
    let y = Tensor(uninitialized: [rows, width])
    let here = rowsHere(of: ids)
    ck_pool_rows(here.table.pointer, here.ids, offsets, mean ? 1 : 0, y.pointer, rows, width)
    func share(_ row: Int) -> Double {
      mean ? 1 / Double(max(1, offsets[row + 1] - offsets[row])) : 1
    }
    return record(
      y, from: [self],
      cost: .others(ids.count * width + (mean ? y.count : 0), of: [self]),
      naive: { inputs in
        var result = NaiveTensor(zeros: [rows, width])
        for row in 0..<rows {
          for at in offsets[row]..<offsets[row + 1] {
            for column in 0..<width {
              result[row, column] += share(row) * inputs[0][Int(ids[Int(at)]), column]
            }
          }
        }
        return result
      },
      backward: { dy in
        let spread = Tensor(uninitialized: [ids.count, width])
        for row in 0..<rows {
          for at in offsets[row]..<offsets[row + 1] {
            ck_scale(
              dy.pointer + row * width, Float(share(row)), spread.pointer + Int(at) * width, width)
          }
        }
        self.accumulateRows(spread, ids: ids)
      })
  }

  /// Returns a table on this rank with the rows of the given ids, and the places of these rows in it.
  private func rowsHere(of ids: [Int32]) -> (table: Tensor, ids: [Int32]) {
    guard let shards else { return (value, ids) }
    let (indices, takers) = distinctRows(ids)
    return (shards.rows(indices, of: value), takers.places(count: ids.count))
  }

  /// Adds the gradient of gathered rows, concatenated for `fieldCount` ids, to the gradient of the
  /// table.
  func accumulateRows(_ gradient: Tensor, ids: [Int32], fieldCount: Int = 1) {
    guard needsGradient else { return }
    let (indices, takers) = distinctRows(ids)
    let sums = Tensor(uninitialized: [indices.count, shape[1]])
    parallelFor(indices.count, blockSize: rowBlock) { block in
      takers.sum(gradient, fieldCount: fieldCount, into: sums, rows: block)
    }
    let rows = RowGradient(indices: indices, values: sums)
    if let parameter {
      parameter.accumulate(rows)
    } else {
      accumulate(rows.densified(rowCount: shape[0]))
    }
  }
}

/// Returns the distinct ids of a gather in increasing order and the positions that took each of
/// them.
func distinctRows(_ ids: [Int32]) -> (indices: [Int32], takers: RowTakers) {
  var keys = ids.enumerated().map { UInt64($1) << 32 | UInt64($0) }
  radixSort(&keys, by: 32..<64)
  var indices: [Int32] = []
  var starts: [Int32] = []
  for (place, key) in keys.enumerated() {
    let id = Int32(truncatingIfNeeded: key >> 32)
    if indices.last != id {
      indices.append(id)
      starts.append(Int32(place))
    }
  }
  starts.append(Int32(ids.count))
  return (
    indices, RowTakers(starts: starts, positions: keys.map { Int32(truncatingIfNeeded: $0) })
  )
}
