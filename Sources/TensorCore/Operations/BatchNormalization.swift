import CNumerics
import MessagePassing

extension Variable {
  /// Returns the rows of every segment, normalized by the segment's own moments.
  ///
  ///     y = dropout(f(scale_e · (x - mean_e) / sqrt(variance_e + epsilon) + shift_e))
  ///
  /// with the mean and the biased variance of each column over the segment's rows.
  ///
  /// - x, y: `[rows, columns]`, with contiguous segments; scales, shifts: `[columns]` each. If the
  ///   rows of every segment are divided among ranks, the moments are those of all of them.
  /// - Returns: y, the moments `[segments, columns]`, which are constants for the caller (zeros
  ///   for an empty segment), and the number of rows of every segment.
  /// - Backward: gradients flow through the moments too (see `ck_batch_norm_backward`). An empty
  ///   segment is skipped; a segment with one row returns its shift.
  public func batchNormalized(
    segments: [Range<Int>], scales: [Variable], shifts: [Variable], epsilon: Float,
    activation: Activation = .identity, dropout: Dropout? = nil, ranks: RankGroup? = nil
  ) -> (output: Variable, means: Tensor, variances: Tensor, rowCounts: [Int]) {
    checkNormalization(segments: segments, scales: scales, shifts: shifts)
    let width = shape[1]
    let means = Tensor(zeros: [segments.count, width])
    let variances = Tensor(zeros: [segments.count, width])
    var normalization = Normalization(
      x: self, scales: scales, shifts: shifts, segments: segments, means: means,
      variances: variances, epsilon: epsilon, epilogue: Epilogue(activation, dropout))
    if let ranks, ranks.count > 1 { normalization.divide(among: ranks) }
    let output = normalization.recorded(throughMoments: true)
    return (
      output, means, variances, normalization.divided?.rowCounts ?? segments.map(\.count)
    )
  }

  /// Returns the rows of every segment, normalized by given moments (stored during training).
  ///
  /// - x, y: `[rows, columns]`; means, variances: `[segments, columns]`.
  /// - Backward: dx = dy · scale / sqrt(variance + epsilon); dscale, dshift as for a linear map.
  public func normalized(
    segments: [Range<Int>], means: Tensor, variances: Tensor, scales: [Variable],
    shifts: [Variable], epsilon: Float, activation: Activation = .identity
  ) -> Variable {
    checkNormalization(segments: segments, scales: scales, shifts: shifts)
    return Normalization(
      x: self, scales: scales, shifts: shifts, segments: segments, means: means,
      variances: variances, epsilon: epsilon, epilogue: Epilogue(activation)
    ).recorded(throughMoments: false)
  }

  private func checkNormalization(
    segments: [Range<Int>], scales: [Variable], shifts: [Variable]
  ) {
    require(
      shape.count == 2 && shape[0] == segments.last?.upperBound ?? 0,
      "a normalization of \(described) in segments \(segments)")
    for variables in [scales, shifts] {
      require(
        variables.count == segments.count,
        "\(variables.count) scales or shifts for \(segments.count) segments")
      for variable in variables {
        require(
          variable.value.count == shape[1],
          "a normalization of \(described) by \(variable.described): [\(shape[1])] is wanted")
      }
    }
  }
}

/// A normalization and the epilogue that follows it.
private struct Normalization {
  let x: Variable
  let scales: [Variable]
  let shifts: [Variable]
  let segments: [Range<Int>]
  let means: Tensor
  let variances: Tensor
  let epsilon: Float
  let epilogue: Epilogue
  /// The exchange of moments with other ranks that have more rows of the segments.
  var divided: DividedMoments?

  private var width: Int { x.shape[1] }
  private var grid: ColumnGrid { ColumnGrid(segments: segments, width: width) }

  /// Computes and records the normalization.
  ///
  /// - Parameter throughMoments: Whether the moments are those of x; if so, they are computed first
  ///   and the gradient flows through them too.
  func recorded(throughMoments: Bool) -> Variable {
    let inverses = Tensor(uninitialized: variances.shape)
    let y = Tensor(uninitialized: x.shape)
    let width = self.width
    epilogue.withCode { code in
      grid.forEach { block in
        let source = x.value.pointer + block.offset
        let columns = block.column..<block.column + block.width
        if throughMoments, divided == nil { computeMoments(block) }
        for i in columns {
          inverses.pointer[i] = 1 / (variances.pointer[i] + epsilon).squareRoot()
        }
        ck_normalize_columns(
          source, means.pointer + block.column, inverses.pointer + block.column,
          scales[block.segment].value.pointer + block.start,
          shifts[block.segment].value.pointer + block.start, y.pointer + block.offset,
          block.rowCount, width, block.width, UInt64(block.offset), code)
      }
    }
    return record(
      y, from: [x] + scales + shifts, cost: cost(throughMoments: throughMoments),
      naive: { naive($0, throughMoments: throughMoments) },
      backward: { backward($0, y, inverses, throughMoments: throughMoments) })
  }

  /// Subtraction, division, scale and shift; for the moments, two sums, a difference and a square.
  private func cost(throughMoments: Bool) -> OperationCost {
    let steps = 4 + (throughMoments ? 4 : 0) + epilogue.stepCount
    return .others(forward: steps * x.value.count, backward: steps * x.value.count)
  }

  /// Computes the moments of the rows of all ranks.
  mutating func divide(among ranks: RankGroup) {
    grid.forEach(computeMoments)
    divided = DividedMoments(segments, means: means, variances: variances, ranks: ranks)
  }

  private func computeMoments(_ block: ColumnGrid.Block) {
    ck_column_moments(
      x.value.pointer + block.offset, block.rowCount, width, block.width,
      means.pointer + block.column, variances.pointer + block.column)
  }

  private func backward(_ dy: Tensor, _ y: Tensor, _ inverses: Tensor, throughMoments: Bool) {
    if throughMoments, let divided { return backward(dy, y, inverses, divided) }
    let width = self.width
    let dScales = segments.map { _ in Tensor(uninitialized: [width]) }
    let dShifts = segments.map { _ in Tensor(uninitialized: [width]) }
    let kernel = throughMoments ? ck_batch_norm_backward : ck_normalize_columns_backward
    epilogue.withCode { code in
      grid.forEach { block in
        kernel(
          dy.pointer + block.offset, y.pointer + block.offset, x.value.pointer + block.offset,
          means.pointer + block.column, inverses.pointer + block.column,
          scales[block.segment].value.pointer + block.start, dy.pointer + block.offset,
          dScales[block.segment].pointer + block.start,
          dShifts[block.segment].pointer + block.start, block.rowCount, width, block.width,
          UInt64(block.offset), code)
      }
    }
    x.accumulate(dy)
    for (segment, rows) in segments.enumerated() where !rows.isEmpty {
      scales[segment].accumulate(dScales[segment])
      shifts[segment].accumulate(dShifts[segment])
    }
  }

  /// The gradient through moments that other ranks contributed to.
  private func backward(
    _ dy: Tensor, _ y: Tensor, _ inverses: Tensor, _ divided: DividedMoments
  ) {
    let width = self.width
    let dScales = Tensor(zeros: means.shape)
    let dShifts = Tensor(zeros: means.shape)
    epilogue.withCode { code in
      grid.forEach { block in
        ck_batch_norm_sums(
          dy.pointer + block.offset, y.pointer + block.offset, x.value.pointer + block.offset,
          means.pointer + block.column, inverses.pointer + block.column, dy.pointer + block.offset,
          dScales.pointer + block.column, dShifts.pointer + block.column, block.rowCount, width,
          block.width, UInt64(block.offset), code)
      }
    }
    let (allScales, allShifts) = divided.sums(dScales, dShifts)
    grid.forEach { block in
      ck_batch_norm_center(
        x.value.pointer + block.offset, means.pointer + block.column,
        inverses.pointer + block.column, scales[block.segment].value.pointer + block.start,
        dy.pointer + block.offset, allScales.pointer + block.column,
        allShifts.pointer + block.column, 1 / Float(divided.rowCounts[block.segment]),
        block.rowCount, width, block.width)
    }
    x.accumulate(dy)
    for (segment, rows) in segments.enumerated() where !rows.isEmpty {
      scales[segment].accumulate(dScales.row(segment))
      shifts[segment].accumulate(dShifts.row(segment))
    }
  }

  private func naive(_ inputs: [NaiveTensor], throughMoments: Bool) -> NaiveTensor {
    precondition(divided == nil, "a normalization over several ranks has no naive form")
    var result = inputs[0]
    let finish = epilogue.naive(elementCount: result.values.count)
    let (keptMeans, keptVariances) = (NaiveTensor(means), NaiveTensor(variances))
    for (segment, rows) in segments.enumerated() where !rows.isEmpty {
      for column in 0..<width {
        var (mean, variance) = (keptMeans[segment, column], keptVariances[segment, column])
        if throughMoments {
          let values = rows.map { inputs[0][$0, column] }
          mean = values.reduce(0, +) / Double(rows.count)
          variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows.count)
        }
        for row in rows {
          let normal = (inputs[0][row, column] - mean) / (variance + Double(epsilon)).squareRoot()
          let scaled = normal * inputs[1 + segment].values[column]
          result[row, column] = finish(
            scaled + inputs[1 + segments.count + segment].values[column], row * width + column)
        }
      }
    }
    return result
  }
}

extension Tensor {
  fileprivate func row(_ index: Int) -> Tensor {
    let result = Tensor(uninitialized: [columnCount])
    result.pointer.update(from: pointer + index * columnCount, count: columnCount)
    return result
  }
}

/// A grid of segments of rows and blocks of columns, the units of column-wise work.
///
/// The rows of a block stay in cache during several passes over them.
struct ColumnGrid {
  struct Block {
    /// The segment that the block belongs to.
    let segment: Int
    /// The first column.
    let start: Int
    /// The number of columns.
    let width: Int
    /// The number of rows, which are all rows of the segment.
    let rowCount: Int
    /// The index of the block's first element in a tensor `[rows, columns]`.
    let offset: Int
    /// The index of the block's first column in a tensor `[segments, columns]`.
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
