/// Returns the concatenated columns of several variables.
///
/// - inputs: `[rows, c_i]`; result: `[rows, Σ c_i]`. Backward: every input gets its columns of dy.
/// - Precondition: at least one input; all have the same number of rows.
public func concatenated(_ inputs: [Variable]) -> Variable {
  require(!inputs.isEmpty, "there is nothing to set side by side")
  if inputs.count == 1 { return inputs[0] }
  require(
    inputs.allSatisfy { $0.shape.count == 2 && $0.shape[0] == inputs[0].shape[0] },
    "\(inputs.map(\.described).joined(separator: ", ")) cannot be set side by side: "
      + "[rows, columns] with one number of rows is wanted")
  let rows = inputs[0].shape[0]
  let widths = inputs.map { $0.shape[1] }
  let total = widths.reduce(0, +)
  let y = Tensor(uninitialized: [rows, total])
  y.setColumns(from: 0, to: inputs)
  return record(
    y, from: inputs, cost: OperationCost.none,
    naive: { parts in
      var values: [Double] = []
      for row in 0..<rows {
        for part in parts {
          values += part.values[row * part.columnCount..<(row + 1) * part.columnCount]
        }
      }
      return NaiveTensor(values, shape: [rows, total])
    },
    backward: { dy in dy.distributeColumns(from: 0, to: inputs) })
}

extension Variable {
  /// Returns a range of columns.
  ///
  /// - x: `[rows, columns]`; result: `[rows, range.count]`. Backward: dx is dy in those columns and
  ///   zero elsewhere.
  public func columns(_ range: Range<Int>) -> Variable {
    require(
      shape.count == 2 && range.lowerBound >= 0 && range.upperBound <= shape[1],
      "\(described) has no columns \(range)")
    if range == 0..<shape[1] { return self }
    let (rows, width) = (shape[0], shape[1])
    let y = Tensor(uninitialized: [rows, range.count])
    value.copyColumns(range, to: y, at: 0)
    return record(
      y, from: [self], cost: OperationCost.none,
      naive: { inputs in
        let values = (0..<rows).flatMap { row in
          range.map { inputs[0].values[row * width + $0] }
        }
        return NaiveTensor(values, shape: [rows, range.count])
      },
      backward: { dy in
        let dx = Tensor(zeros: [rows, width])
        dy.copyColumns(0..<range.count, to: dx, at: range.lowerBound)
        self.accumulate(dx)
      })
  }
}

extension Tensor {
  /// Fills columns from `start` on with the concatenated columns of the inputs.
  func setColumns(from start: Int, to inputs: [Variable]) {
    var start = start
    for input in inputs {
      input.value.copyColumns(0..<input.shape[1], to: self, at: start)
      start += input.shape[1]
    }
  }

  /// Gives every input its columns of this gradient, whose result contains the inputs from column
  /// `start` on.
  func distributeColumns(from start: Int, to inputs: [Variable]) {
    var start = start
    for input in inputs {
      let width = input.shape[1]
      if input.needsGradient {
        let part = Tensor(uninitialized: [rowCount, width])
        copyColumns(start..<start + width, to: part, at: 0)
        input.accumulate(part)
      }
      start += width
    }
  }

  fileprivate func copyColumns(_ range: Range<Int>, to target: Tensor, at column: Int) {
    let (width, targetWidth) = (columnCount, target.columnCount)
    parallelFor(rowCount, blockSize: rowBlock) { rows in
      for row in rows {
        (target.pointer + row * targetWidth + column).update(
          from: pointer + row * width + range.lowerBound, count: range.count)
      }
    }
  }
}
