import CKernels

extension Variable {
  /// Returns the rows of every segment, normalised by the segment's own moments.
  ///
  ///     y = scale_e · (x - mean_e) / sqrt(variance_e + epsilon) + shift_e
  ///
  /// with the mean and the biased variance of each column over the segment's rows.
  ///
  /// - x, y: `[rows, columns]`, segments lying end to end; scales, shifts: `[columns]` each.
  /// - Returns: y and the moments `[segments, columns]`, which are constants to the caller (zeros for
  ///   an empty segment).
  /// - Backward: through the moments too (see `ck_batch_norm_backward`). An empty segment is
  ///   passed over; a segment of one row gives its shift.
  public func batchNormalized(
    segments: [Range<Int>], scales: [Variable], shifts: [Variable], epsilon: Float
  ) -> (output: Variable, means: Tensor, variances: Tensor) {
    let x = value
    let width = x.shape[1]
    let y = Tensor(uninitialized: x.shape)
    let means = Tensor(zeros: [segments.count, width])
    let variances = Tensor(zeros: [segments.count, width])
    let inverses = Tensor(uninitialized: [segments.count, width])
    let grid = ColumnGrid(segments: segments, width: width)
    grid.forEach { segment, columns in
      let (rows, start) = (segments[segment], columns.lowerBound)
      let at = segment * width + start
      let source = x.pointer + rows.lowerBound * width + start
      ck_column_moments(
        source, rows.count, width, columns.count, means.pointer + at, variances.pointer + at)
      for i in at..<at + columns.count {
        inverses.pointer[i] = 1 / (variances.pointer[i] + epsilon).squareRoot()
      }
      ck_normalize_columns(
        source, means.pointer + at, inverses.pointer + at, scales[segment].value.pointer + start,
        shifts[segment].value.pointer + start, y.pointer + rows.lowerBound * width + start,
        rows.count, width, columns.count)
    }
    let output = record(
      y, from: [self] + scales + shifts,
      naive: { inputs in
        var result = inputs[0]
        for (segment, rows) in segments.enumerated() where !rows.isEmpty {
          for column in 0..<width {
            let values = rows.map { inputs[0][$0, column] }
            let mean = values.reduce(0, +) / Double(rows.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows.count)
            for row in rows {
              let normalized =
                (inputs[0][row, column] - mean) / (variance + Double(epsilon)).squareRoot()
              result[row, column] =
                normalized * inputs[1 + segment].values[column]
                + inputs[1 + segments.count + segment].values[column]
            }
          }
        }
        return result
      },
      backward: { dy in
        let dx = Tensor(uninitialized: x.shape)
        let dScales = segments.map { _ in Tensor(uninitialized: [width]) }
        let dShifts = segments.map { _ in Tensor(uninitialized: [width]) }
        grid.forEach { segment, columns in
          let (rows, start) = (segments[segment], columns.lowerBound)
          let (at, offset) = (segment * width + start, rows.lowerBound * width + start)
          ck_batch_norm_backward(
            dy.pointer + offset, x.pointer + offset, means.pointer + at, inverses.pointer + at,
            scales[segment].value.pointer + start, dx.pointer + offset,
            dScales[segment].pointer + start, dShifts[segment].pointer + start, rows.count, width,
            columns.count)
        }
        self.accumulate(dx)
        for (segment, rows) in segments.enumerated() where !rows.isEmpty {
          scales[segment].accumulate(dScales[segment])
          shifts[segment].accumulate(dShifts[segment])
        }
      })
    return (output, means, variances)
  }

  /// Returns the rows of every segment, normalised by given moments (those kept from training).
  ///
  /// - x, y: `[rows, columns]`; means, variances: `[segments, columns]`.
  /// - Backward: dx = dy · scale / sqrt(variance + epsilon); dscale, dshift as for a linear map.
  public func normalized(
    segments: [Range<Int>], means: Tensor, variances: Tensor, scales: [Variable],
    shifts: [Variable], epsilon: Float
  ) -> Variable {
    let x = value
    let width = x.shape[1]
    let normal = Tensor(uninitialized: x.shape)
    let y = Tensor(uninitialized: x.shape)
    let inverses = Tensor(uninitialized: variances.shape)
    for i in 0..<variances.count {
      inverses.pointer[i] = 1 / (variances.pointer[i] + epsilon).squareRoot()
    }
    let ones = Tensor(repeating: 1, shape: [width])
    let zeros = Tensor(zeros: [width])
    let grid = ColumnGrid(segments: segments, width: width)
    grid.forEach { segment, columns in
      let (rows, start) = (segments[segment], columns.lowerBound)
      let (at, offset) = (segment * width + start, rows.lowerBound * width + start)
      ck_normalize_columns(
        x.pointer + offset, means.pointer + at, inverses.pointer + at, nil, nil,
        normal.pointer + offset, rows.count, width, columns.count)
      ck_normalize_columns(
        normal.pointer + offset, zeros.pointer, ones.pointer,
        scales[segment].value.pointer + start, shifts[segment].value.pointer + start,
        y.pointer + offset, rows.count, width, columns.count)
    }
    return record(
      y, from: [self] + scales + shifts,
      naive: { inputs in
        var result = inputs[0]
        let (mean, variance) = (NaiveTensor(means), NaiveTensor(variances))
        for (segment, rows) in segments.enumerated() {
          for row in rows {
            for column in 0..<width {
              let deviation = (variance[segment, column] + Double(epsilon)).squareRoot()
              result[row, column] =
                (inputs[0][row, column] - mean[segment, column]) / deviation
                * inputs[1 + segment].values[column]
                + inputs[1 + segments.count + segment].values[column]
            }
          }
        }
        return result
      },
      backward: { dy in
        let dx = Tensor(uninitialized: x.shape)
        for (segment, rows) in segments.enumerated() where !rows.isEmpty {
          let dScale = Tensor(zeros: [width])
          let dShift = Tensor(zeros: [width])
          for row in rows {
            for column in 0..<width {
              let i = row * width + column
              let g = dy.pointer[i]
              dShift.pointer[column] += g
              dScale.pointer[column] += g * normal.pointer[i]
              dx.pointer[i] =
                g * scales[segment].value.pointer[column]
                * inverses.pointer[segment * width + column]
            }
          }
          scales[segment].accumulate(dScale)
          shifts[segment].accumulate(dShift)
        }
        self.accumulate(dx)
      })
  }
}

/// Segments of rows times blocks of columns: the units of column-wise work.
private struct ColumnGrid {
  let segments: [Range<Int>]
  let width: Int

  private static let columnBlock = 64

  func forEach(_ body: (_ segment: Int, _ columns: Range<Int>) -> Void) {
    let blockCount = (width + Self.columnBlock - 1) / Self.columnBlock
    parallelFor(segments.count * blockCount, blockSize: 1) { index in
      let (segment, block) = index.lowerBound.quotientAndRemainder(dividingBy: blockCount)
      guard !segments[segment].isEmpty else { return }
      let start = block * Self.columnBlock
      body(segment, start..<min(width, start + Self.columnBlock))
    }
  }
}
