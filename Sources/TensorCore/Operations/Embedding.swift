import CKernels

extension Variable {
  /// Returns rows of a table by id, those of one batch row side by side.
  ///
  /// - table (self): `[vocabularySize, columns]`; ids: `rows · fieldCount` numbers, row-major;
  ///   result: `[rows, fieldCount · columns]`.
  /// - Backward: the gradient of a table that is a parameter is a ``RowGradient`` of the rows that
  ///   occur, each summed in order of position.
  /// - Precondition: every id is in `0..<vocabularySize`.
  public func embedded(ids: [Int32], fieldCount: Int) -> Variable {
    let (size, width) = (shape[0], shape[1])
    let rows = fieldCount == 0 ? 0 : ids.count / fieldCount
    precondition(ids.allSatisfy { $0 >= 0 && $0 < size }, "an id is out of 0..<\(size)")
    let y = Tensor(uninitialized: [rows, fieldCount * width])
    parallelFor(ids.count, blockSize: 4096) { block in
      ids.withUnsafeBufferPointer { ids in
        ck_gather_rows(
          value.pointer, ids.baseAddress.map { $0 + block.lowerBound },
          y.pointer + block.lowerBound * width, block.count, width)
      }
    }
    return record(
      y, from: [self],
      naive: { inputs in
        NaiveTensor(
          ids.flatMap { inputs[0].values[Int($0) * width..<(Int($0) + 1) * width] },
          shape: [rows, fieldCount * width])
      },
      backward: { dy in self.accumulateRows(dy, ids: ids) })
  }

  /// Returns the sum or mean of the table rows of every bag.
  ///
  /// - table (self): `[vocabularySize, columns]`; bag `i` holds `ids[offsets[i]..<offsets[i + 1]]`;
  ///   result: `[offsets.count - 1, columns]`, zeros for an empty bag.
  /// - Backward: as for ``embedded(ids:fieldCount:)``, each id getting its bag's gradient, divided by
  ///   the bag's size for means.
  public func pooled(ids: [Int32], offsets: [Int32], mean: Bool) -> Variable {
    let (size, width) = (shape[0], shape[1])
    let rows = offsets.count - 1
    precondition(rows >= 0 && Int(offsets[rows]) == ids.count, "offsets do not fit the ids")
    precondition(ids.allSatisfy { $0 >= 0 && $0 < size }, "an id is out of 0..<\(size)")
    let y = Tensor(uninitialized: [rows, width])
    ck_pool_rows(value.pointer, ids, offsets, mean ? 1 : 0, y.pointer, rows, width)
    func share(_ row: Int) -> Double {
      mean ? 1 / Double(max(1, offsets[row + 1] - offsets[row])) : 1
    }
    return record(
      y, from: [self],
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

  /// Adds the gradient `[ids.count · columns]` of gathered rows to the table's.
  private func accumulateRows(_ gradient: Tensor, ids: [Int32]) {
    guard needsGradient else { return }
    let (indices, takers) = distinctRows(ids)
    let sums = Tensor(uninitialized: [indices.count, shape[1]])
    parallelFor(indices.count, blockSize: rowBlock) { block in
      takers.sum(gradient, into: sums, rows: block)
    }
    let rows = RowGradient(indices: indices, values: sums)
    if let parameter {
      parameter.accumulate(rows)
    } else {
      accumulate(rows.densified(rowCount: shape[0]))
    }
  }
}

/// Returns the distinct ids of a gather in increasing order, and the positions that took each.
private func distinctRows(_ ids: [Int32]) -> (indices: [Int32], takers: RowTakers) {
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
