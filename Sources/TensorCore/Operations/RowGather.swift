import CNumerics

extension Variable {
  /// Returns rows by index, in any order and any number of times.
  ///
  /// - x: `[n, columns]`, indices: m numbers in `0..<n`; result: `[m, columns]`.
  /// - Backward: dx[i] = the sum of dy over the positions that took row i, in order of position.
  public func rows(_ indices: [Int32]) -> Variable {
    require(shape.count == 2, "rows of \(described): [rows, columns] is wanted")
    let (count, width) = (shape[0], shape[1])
    require(
      indices.allSatisfy { $0 >= 0 && $0 < count }, "a row index is outside of \(described)")
    let y = Tensor(uninitialized: [indices.count, width])
    parallelFor(indices.count, blockSize: rowBlock) { block in
      indices.withUnsafeBufferPointer { indices in
        ck_gather_rows(
          value.pointer, indices.baseAddress.map { $0 + block.lowerBound },
          y.pointer + block.lowerBound * width, block.count, width)
      }
    }
    return record(
      y, from: [self], cost: .others(forward: 0, backward: y.count),
      naive: { inputs in
        let values = indices.flatMap { row in
          inputs[0].values[Int(row) * width..<(Int(row) + 1) * width]
        }
        return NaiveTensor(values, shape: [indices.count, width])
      },
      backward: { dy in
        let takers = RowTakers(indices, rowCount: count)
        let dx = Tensor(uninitialized: [count, width])
        parallelFor(count, blockSize: rowBlock) { block in
          takers.sum(dy, into: dx, rows: block)
        }
        self.accumulate(dx)
      })
  }

  /// Returns rows by index, each multiplied by factors of its own.
  ///
  ///     y_j = x_{i(j)} ⊙ (scale · w_j)
  ///
  /// - x: `[n, columns]`, indices i: m numbers in `0..<n`, factors w and result y: `[m, columns]`.
  /// - Backward: dx_i = Σ_{j: i(j) = i} dy_j ⊙ (scale · w_j), in order of position;
  ///   dw_j = scale · x_{i(j)} ⊙ dy_j.
  ///
  /// It is `rows(indices) * (scale * factors)` without the two arrays in between.
  public func rows(_ indices: [Int32], times factors: Variable, scale: Float = 1) -> Variable {
    require(
      shape.count == 2 && factors.shape == [indices.count, shape[1]],
      "rows of \(described) times \(factors.described): [rows, columns] and "
        + "[\(indices.count), columns] are wanted")
    let (count, width) = (shape[0], shape[1])
    require(
      indices.allSatisfy { $0 >= 0 && $0 < count }, "a row index is outside of \(described)")
    func gathered(times factors: Tensor) -> Tensor {
      let result = Tensor(uninitialized: factors.shape)
      parallelFor(indices.count, blockSize: rowBlock) { block in
        let start = block.lowerBound * width
        indices.withUnsafeBufferPointer { indices in
          ck_gather_rows_times(
            value.pointer, indices.baseAddress.map { $0 + block.lowerBound },
            factors.pointer + start, scale, result.pointer + start, block.count, width)
        }
      }
      return result
    }
    let y = gathered(times: factors.value)
    return record(
      y, from: [self, factors],
      cost: .others(
        forward: 2 * y.count,
        backward: 2 * y.count * ((needsGradient ? 1 : 0) + (factors.needsGradient ? 1 : 0))),
      naive: { inputs in
        var result = NaiveTensor(zeros: [indices.count, width])
        for (position, row) in indices.enumerated() {
          for column in 0..<width {
            result[position, column] =
              inputs[0][Int(row), column] * Double(scale) * inputs[1][position, column]
          }
        }
        return result
      },
      backward: { dy in
        if self.needsGradient {
          let takers = RowTakers(indices, rowCount: count)
          let dx = Tensor(uninitialized: [count, width])
          parallelFor(count, blockSize: rowBlock) { block in
            takers.sum(dy, times: factors.value, scale: scale, into: dx, rows: block)
          }
          self.accumulate(dx)
        }
        if factors.needsGradient { factors.accumulate(gathered(times: dy)) }
      })
  }

  /// Returns a variable with more rows, with these rows at given indices and zeros elsewhere.
  ///
  /// - x: `[m, columns]`, indices: m different numbers in `0..<rowCount`;
  ///   result: `[rowCount, columns]`. Backward: dx[i] = dy[indices[i]].
  public func spread(to indices: [Int32], rowCount: Int) -> Variable {
    require(
      shape.count == 2 && indices.count == shape[0]
        && indices.allSatisfy { $0 >= 0 && $0 < rowCount },
      "\(described) cannot be spread to \(indices.count) of \(rowCount) rows")
    let (count, width) = (shape[0], shape[1])
    let y = Tensor(zeros: [rowCount, width])
    ck_scatter_add_rows(value.pointer, indices, y.pointer, count, width)
    return record(
      y, from: [self], cost: OperationCost.none,
      naive: { inputs in
        var result = NaiveTensor(zeros: [rowCount, width])
        for (row, index) in indices.enumerated() {
          for column in 0..<width { result[Int(index), column] = inputs[0][row, column] }
        }
        return result
      },
      backward: { dy in
        let dx = Tensor(uninitialized: [count, width])
        ck_gather_rows(dy.pointer, indices, dx.pointer, count, width)
        self.accumulate(dx)
      })
  }

  /// Returns one slice along the middle axis per row.
  ///
  /// - x: `[rows, axis, columns]`, choices: for every row, a number in `0..<axis`; result:
  ///   `[rows, columns]`. Backward: dx is dy in the chosen slices and zero elsewhere.
  public func slices(_ choices: [Int32]) -> Variable {
    require(
      shape.count == 3 && choices.count == shape[0],
      "\(choices.count) choices for \(described): [\(choices.count), choices, columns] is wanted")
    let (rows, axis, width) = (shape[0], shape[1], shape[2])
    let flat = choices.enumerated().map { row, choice in
      require(choice >= 0 && choice < axis, "choice \(choice) of \(axis)")
      return Int32(row * axis) + choice
    }
    return reshaped(to: [rows * axis, width]).rows(flat)
  }
}

/// Returns the stacked rows of several variables.
///
/// - inputs: `[n_i, columns]`; result: `[Σ n_i, columns]`. Backward: every input gets its rows of
///   dy.
/// - Precondition: at least one input; all have the same number of columns.
public func stackedRows(_ inputs: [Variable]) -> Variable {
  require(!inputs.isEmpty, "there is nothing to stack")
  if inputs.count == 1 { return inputs[0] }
  require(
    inputs.allSatisfy { $0.shape.count == 2 && $0.shape[1] == inputs[0].shape.last },
    "\(inputs.map(\.described).joined(separator: ", ")) cannot be stacked: "
      + "[rows, columns] with one number of columns is wanted")
  let width = inputs[0].shape[1]
  let total = inputs.reduce(0) { $0 + $1.shape[0] }
  let y = Tensor(uninitialized: [total, width])
  var start = 0
  for input in inputs {
    (y.pointer + start).update(from: input.value.pointer, count: input.value.count)
    start += input.value.count
  }
  return record(
    y, from: inputs, cost: OperationCost.none,
    naive: { NaiveTensor($0.flatMap(\.values), shape: [total, width]) },
    backward: { dy in
      var start = 0
      for input in inputs {
        if input.needsGradient {
          let part = Tensor(uninitialized: input.shape)
          part.pointer.update(from: dy.pointer + start, count: part.count)
          input.accumulate(part)
        }
        start += input.value.count
      }
    })
}

/// For every row, the positions of a gather that took it, in increasing order.
struct RowTakers {
  private let starts: [Int32]
  private let positions: [Int32]

  /// Creates the index in which row `r` was taken by `positions[starts[r]..<starts[r + 1]]`.
  init(starts: [Int32], positions: [Int32]) {
    self.starts = starts
    self.positions = positions
  }

  init(_ indices: [Int32], rowCount: Int) {
    var starts = [Int32](repeating: 0, count: rowCount + 1)
    for index in indices { starts[Int(index) + 1] += 1 }
    for row in 0..<rowCount { starts[row + 1] += starts[row] }
    var next = starts
    var positions = [Int32](repeating: 0, count: indices.count)
    for (position, index) in indices.enumerated() {
      positions[Int(next[Int(index)])] = Int32(position)
      next[Int(index)] += 1
    }
    self.starts = starts
    self.positions = positions
  }

  /// Returns the row taken at each of `count` positions.
  func places(count: Int) -> [Int32] {
    var places = [Int32](repeating: 0, count: count)
    for row in 0..<starts.count - 1 {
      for at in starts[row]..<starts[row + 1] { places[Int(positions[Int(at)])] = Int32(row) }
    }
    return places
  }

  /// Sets every row to the sum of the values at its positions.
  ///
  /// - Parameter fieldCount: The number of positions concatenated in each row of `values`.
  func sum(_ values: Tensor, fieldCount: Int = 1, into sums: Tensor, rows: Range<Int>) {
    let width = sums.columnCount
    starts.withUnsafeBufferPointer { starts in
      positions.withUnsafeBufferPointer { positions in
        ck_sum_gathered_rows(
          values.pointer, starts.baseAddress.map { $0 + rows.lowerBound }, positions.baseAddress,
          sums.pointer + rows.lowerBound * width, rows.count, fieldCount, width,
          values.columnCount)
      }
    }
  }

  /// Sets every row to the sum of the values at its positions, times their factors and a scale.
  func sum(
    _ values: Tensor, times factors: Tensor, scale: Float, into sums: Tensor, rows: Range<Int>
  ) {
    let width = sums.columnCount
    starts.withUnsafeBufferPointer { starts in
      positions.withUnsafeBufferPointer { positions in
        ck_sum_gathered_products(
          values.pointer, factors.pointer, scale,
          starts.baseAddress.map { $0 + rows.lowerBound }, positions.baseAddress,
          sums.pointer + rows.lowerBound * width, rows.count, width)
      }
    }
  }
}

/// The number of rows per block of row-wise work.
let rowBlock = 256
