import CKernels

extension Variable {
  /// Returns rows by index, in any order and any number of times.
  ///
  /// - x: `[n, columns]`, indices: m numbers in `0..<n`; result: `[m, columns]`.
  /// - Backward: dx[i] = the sum of dy over the positions that took row i, in order of position.
  public func rows(_ indices: [Int32]) -> Variable {
    let (count, width) = (shape[0], shape[1])
    precondition(indices.allSatisfy { $0 >= 0 && $0 < count }, "a row index is out of 0..<\(count)")
    let y = Tensor(uninitialized: [indices.count, width])
    parallelFor(indices.count, blockSize: rowBlock) { block in
      indices.withUnsafeBufferPointer { indices in
        ck_gather_rows(
          value.pointer, indices.baseAddress.map { $0 + block.lowerBound },
          y.pointer + block.lowerBound * width, block.count, width)
      }
    }
    return record(
      y, from: [self],
      naive: { inputs in
        let values = indices.flatMap { row in
          inputs[0].values[Int(row) * width..<(Int(row) + 1) * width]
        }
        return NaiveTensor(values, shape: [indices.count, width])
      },
      backward: { dy in
        let dx = Tensor(zeros: [count, width])
        ck_scatter_add_rows(dy.pointer, indices, dx.pointer, indices.count, width)
        self.accumulate(dx)
      })
  }

  /// Returns one slice of the middle axis per row.
  ///
  /// - x: `[rows, axis, columns]`, choices: for every row a number in `0..<axis`;
  ///   result: `[rows, columns]`. Backward: dx is dy in the chosen slices and zero elsewhere.
  public func slices(_ choices: [Int32]) -> Variable {
    precondition(shape.count == 3 && choices.count == shape[0], "\(choices.count) for \(shape)")
    let (rows, axis, width) = (shape[0], shape[1], shape[2])
    let flat = choices.enumerated().map { row, choice in
      precondition(choice >= 0 && choice < axis, "choice \(choice) of \(axis)")
      return Int32(row * axis) + choice
    }
    return reshaped(to: [rows * axis, width]).rows(flat)
  }
}

/// The number of rows per block of row-wise work.
let rowBlock = 256
