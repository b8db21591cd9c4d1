import CKernels

/// Which rows each of several affine maps works on.
///
/// Map `e` reads the rows `input[e]` of its operand and writes the rows `output[e]` of the result.
/// The output ranges lie end to end. Input ranges are either the same as the output ranges, or all
/// of them are the whole operand (every map reads every row).
public struct Segments: Sendable, Equatable {
  /// The rows that each map reads.
  public let input: [Range<Int>]

  /// The rows that each map writes.
  public let output: [Range<Int>]

  /// The number of rows of the operand.
  public let inputRowCount: Int

  /// The number of rows of the result.
  public var outputRowCount: Int { output.last?.upperBound ?? 0 }

  /// Creates segments that lie end to end in operand and result.
  public init(counts: [Int]) {
    var ranges: [Range<Int>] = []
    var start = 0
    for count in counts {
      ranges.append(start..<start + count)
      start += count
    }
    input = ranges
    output = ranges
    inputRowCount = start
  }

  private init(input: [Range<Int>], output: [Range<Int>], inputRowCount: Int) {
    self.input = input
    self.output = output
    self.inputRowCount = inputRowCount
  }

  /// Returns the segments with which each of `count` maps reads all `rowCount` rows.
  public static func all(rowCount: Int, count: Int) -> Segments {
    Segments(
      input: Array(repeating: 0..<rowCount, count: count),
      output: (0..<count).map { $0 * rowCount..<($0 + 1) * rowCount }, inputRowCount: rowCount)
  }

  /// The same segments for a second layer, which reads what this layer wrote.
  public var following: Segments { Segments(counts: output.map(\.count)) }

  /// Whether several maps read the same rows.
  var sharesInput: Bool { input.count > 1 && input[0] == input[1] && !input[0].isEmpty }

  fileprivate struct Block {
    let map: Int
    let rows: Range<Int>
  }

  /// Blocks of rows, all counted within their segment.
  fileprivate var blocks: [Block] {
    output.indices.flatMap { map in
      stride(from: 0, to: output[map].count, by: gemmRowBlock).map { start in
        Block(map: map, rows: start..<min(output[map].count, start + gemmRowBlock))
      }
    }
  }
}

extension Variable {
  /// Returns `f(x W + b)`.
  ///
  /// - x: `[rows, inputSize]`, W: `[inputSize, outputSize]`, b: `[outputSize]`,
  ///   result: `[rows, outputSize]`.
  public func affine(
    weight: Variable, bias: Variable? = nil, activation: Activation = .identity
  ) -> Variable {
    affine(
      segments: Segments(counts: [shape[0]]), weights: [weight], biases: bias.map { [$0] },
      activation: activation)
  }

  /// Returns `f(x_e W_e + b_e)` for the rows of every segment `e`.
  ///
  /// Only the rows of a segment are multiplied by its weight: this is what makes routed experts and
  /// scenario-private towers cheap, and what leaves their weights without gradient from other rows.
  ///
  /// - x: `[segments.inputRowCount, inputSize]`, W_e: `[inputSize, outputSize]`,
  ///   b_e: `[outputSize]`, result y: `[segments.outputRowCount, outputSize]`.
  /// - Backward: with g = dy · f'(y): dx = g Wᵀ (summed over the maps that share a row),
  ///   dW = xᵀ g, db = Σ_rows g.
  /// - Precondition: one weight, and one bias or none at all, per segment.
  public func affine(
    segments: Segments, weights: [Variable], biases: [Variable]? = nil,
    activation: Activation = .identity
  ) -> Variable {
    let x = value
    let inputSize = x.columnCount
    let outputSize = weights[0].shape[1]
    precondition(x.shape.count == 2 && x.shape[0] == segments.inputRowCount, "x \(x.shape)")
    precondition(weights.count == segments.output.count, "\(weights.count) weights")
    precondition(
      weights.allSatisfy { $0.shape == [inputSize, outputSize] }, "weights for \(inputSize)")
    precondition(biases?.count ?? weights.count == weights.count)
    let y = Tensor(uninitialized: [segments.outputRowCount, outputSize])
    let precision = MatrixPrecision.current
    let rows = matrixOperand(precision)
    let matrices = weights.map { $0.matrixOperand(precision) }
    let blocks = segments.blocks
    parallelFor(blocks.count, blockSize: 1) { index in
      let block = blocks[index.lowerBound]
      let source = segments.input[block.map].lowerBound + block.rows.lowerBound
      let target =
        y.pointer + (segments.output[block.map].lowerBound + block.rows.lowerBound) * outputSize
      gemm(
        rows.from(row: source), matrices[block.map], target, outputSize, m: block.rows.count,
        n: outputSize, k: inputSize)
      ck_bias_activation(
        target, biases?[block.map].value.pointer, block.rows.count, outputSize, activation.code)
    }
    return record(
      y, from: [self] + weights + (biases ?? []),
      naive: { inputs in
        Self.naiveAffine(inputs, segments, hasBias: biases != nil, activation)
      },
      backward: { dy in
        var g = dy
        if activation != .identity {
          g = Tensor(uninitialized: y.shape)
          parallelFor(y.count, blockSize: elementBlock) { block in
            let start = block.lowerBound
            ck_activation_backward(
              dy.pointer + start, y.pointer + start, g.pointer + start, block.count,
              activation.code)
          }
        }
        for (segment, bias) in zip(segments.output, biases ?? []) where bias.needsGradient {
          let sums = Tensor(zeros: [outputSize])
          ck_column_sums(
            g.pointer + segment.lowerBound * outputSize, sums.pointer, segment.count, outputSize)
          if !segment.isEmpty { bias.accumulate(sums) }
        }
        let gradients = MatrixOperand(g, precision: precision)
        self.accumulateWeightGradients(gradients, outputSize, segments, weights)
        if self.needsGradient {
          self.accumulateInputGradient(gradients, outputSize, segments, weights)
        }
      })
  }

  private func accumulateWeightGradients(
    _ g: MatrixOperand, _ outputSize: Int, _ segments: Segments, _ weights: [Variable]
  ) {
    let x = matrixOperand(g.precision).transposed
    let inputSize = shape[1]
    let used = weights.indices.filter {
      weights[$0].needsGradient && !segments.output[$0].isEmpty
    }
    let gradients = used.map { _ in Tensor(uninitialized: [inputSize, outputSize]) }
    let partCount = (inputSize + gemmWeightBlock - 1) / gemmWeightBlock
    parallelFor(used.count * partCount, blockSize: 1) { index in
      let (position, part) = index.lowerBound.quotientAndRemainder(dividingBy: partCount)
      let map = used[position]
      let columns = part * gemmWeightBlock..<min(inputSize, (part + 1) * gemmWeightBlock)
      gemm(
        x.from(row: segments.input[map].lowerBound, column: columns.lowerBound),
        g.from(row: segments.output[map].lowerBound),
        gradients[position].pointer + columns.lowerBound * outputSize, outputSize,
        m: columns.count, n: outputSize, k: segments.output[map].count)
    }
    for (position, map) in used.enumerated() { weights[map].accumulate(gradients[position]) }
  }

  private func accumulateInputGradient(
    _ g: MatrixOperand, _ outputSize: Int, _ segments: Segments, _ weights: [Variable]
  ) {
    let dx = Tensor(uninitialized: shape)
    let inputSize = dx.columnCount
    let matrices = weights.map { $0.matrixOperand(g.precision).transposed }
    func multiply(_ map: Int, _ rows: Range<Int>, beta: Float) {
      let source = segments.output[map].lowerBound + rows.lowerBound
      let target = segments.input[map].lowerBound + rows.lowerBound
      gemm(
        g.from(row: source), matrices[map], dx.pointer + target * inputSize, inputSize,
        m: rows.count, n: inputSize, k: outputSize, beta: beta)
    }
    if segments.sharesInput {
      parallelFor(segments.inputRowCount, blockSize: gemmRowBlock) { rows in
        for map in weights.indices { multiply(map, rows, beta: map == 0 ? 0 : 1) }
      }
    } else {
      let blocks = segments.blocks
      parallelFor(blocks.count, blockSize: 1) { index in
        let block = blocks[index.lowerBound]
        multiply(block.map, block.rows, beta: 0)
      }
    }
    accumulate(dx)
  }

  private static func naiveAffine(
    _ inputs: [NaiveTensor], _ segments: Segments, hasBias: Bool, _ activation: Activation
  ) -> NaiveTensor {
    let x = inputs[0]
    let mapCount = segments.output.count
    let outputSize = inputs[1].columnCount
    var y = NaiveTensor(zeros: [segments.outputRowCount, outputSize])
    for map in 0..<mapCount {
      let weight = inputs[1 + map]
      for (source, target) in zip(segments.input[map], segments.output[map]) {
        for column in 0..<outputSize {
          var sum = hasBias ? inputs[1 + mapCount + map].values[column] : 0
          for k in 0..<x.columnCount { sum += x[source, k] * weight[k, column] }
          y[target, column] = activation.naive(sum)
        }
      }
    }
    return y
  }
}
