import CNumerics

extension Variable {
  /// Returns `dropout(f(x W + b))`.
  ///
  /// Every row of the result is independent of all other rows of x, to the last bit.
  ///
  /// - x: `[rows, inputSize]`, W: `[inputSize, outputSize]`, b: `[outputSize]`,
  ///   result: `[rows, outputSize]`.
  public func affine(
    weight: Variable, bias: Variable? = nil, activation: Activation = .identity,
    dropout: Dropout? = nil
  ) -> Variable {
    affine(
      segments: Segments(counts: [shape[0]]), weights: [weight], biases: bias.map { [$0] },
      activation: activation, dropout: dropout)
  }

  /// Returns `dropout(f(x_e W_e + b_e))` for the rows of every segment `e`.
  ///
  /// Only the rows of a segment are multiplied by its weight. This makes routed experts and
  /// scenario-private towers cheap, and keeps gradients of other rows out of their weights.
  ///
  /// - x: `[segments.inputRowCount, inputSize]`, W_e: `[inputSize, outputSize]`,
  ///   b_e: `[outputSize]`, result y: `[segments.outputRowCount, outputSize]`.
  /// - Backward: with g = dy · d · f'(x W + b), where d is the factor of the dropout:
  ///   dx = g Wᵀ (summed over the maps that share a row), dW = xᵀ g, db = Σ_rows g.
  /// - Precondition: one weight per segment, and one bias per segment or none at all.
  public func affine(
    segments: Segments, weights: [Variable], biases: [Variable]? = nil,
    activation: Activation = .identity, dropout: Dropout? = nil
  ) -> Variable {
    checkAffine(segments: segments, weights: weights, biases: biases)
    return AffineMaps(
      x: self, segments: segments, weights: weights, biases: biases,
      epilogue: Epilogue(activation, dropout), precision: .current
    ).recorded()
  }

  private func checkAffine(segments: Segments, weights: [Variable], biases: [Variable]?) {
    require(
      shape.count == 2 && shape[0] == segments.inputRowCount,
      "an affine map of \(described) wants [\(segments.inputRowCount), columns]")
    require(
      weights.count == segments.output.count,
      "\(weights.count) weights for \(segments.output.count) segments")
    for weight in weights {
      require(
        weight.shape.count == 2 && weight.shape[0] == shape[1]
          && weight.shape[1] == weights[0].shape[1],
        "\(described) cannot be multiplied by \(weight.described): [\(shape[1]), columns] is wanted"
          + (weights.count > 1 ? ", with one number of columns for all \(weights.count)" : ""))
    }
    guard let biases else { return }
    require(biases.count == weights.count, "\(biases.count) biases for \(weights.count) weights")
    for (bias, weight) in zip(biases, weights) {
      require(
        bias.value.count == weight.shape[1],
        "a bias of \(bias.described) for \(weight.described): [\(weight.shape[1])] is wanted")
    }
  }
}

/// Affine maps of segments of rows and the epilogue that follows them.
private struct AffineMaps {
  let x: Variable
  let segments: Segments
  let weights: [Variable]
  let biases: [Variable]?
  let epilogue: Epilogue
  let precision: MatrixPrecision

  private var inputSize: Int { x.shape[1] }
  private var outputSize: Int { weights[0].shape[1] }

  func recorded() -> Variable {
    let y = Tensor(uninitialized: [segments.outputRowCount, outputSize])
    let (inputSize, outputSize) = (self.inputSize, self.outputSize)
    let blocks = segments.mapBlocks
    let rows = x.matrixOperand(precision)
    let matrices = weights.map { $0.matrixOperand(precision) }
    epilogue.withCode { code in
      parallelFor(blocks.count, blockSize: 1) { index in
        let block = blocks[index.lowerBound]
        let map = block.maps.lowerBound
        let source = segments.input[map].lowerBound + block.rows.lowerBound
        let target = (segments.output[map].lowerBound + block.rows.lowerBound) * outputSize
        rowProduct(
          rows.from(row: source), matrices[map], y.pointer + target, outputSize,
          m: block.rows.count, n: outputSize, k: inputSize)
        let bias = biases?[map].value.pointer
        if bias == nil, epilogue.isIdentity { return }
        ck_epilogue_forward(
          y.pointer + target, bias, block.rows.count, outputSize, outputSize, UInt64(target), code)
      }
    }
    return record(y, from: [x] + weights + (biases ?? []), cost: cost, naive: naive) {
      backward($0, y)
    }
  }

  private var cost: OperationCost {
    func products(where isCounted: (_ map: Int) -> Bool) -> Int {
      2 * inputSize * outputSize
        * weights.indices.reduce(0) { $0 + (isCounted($1) ? segments.output[$1].count : 0) }
    }
    let others =
      segments.outputRowCount * outputSize * (epilogue.stepCount + (biases == nil ? 0 : 1))
    return OperationCost(
      forward: OperationCount(products: products { _ in true }, others: others),
      backward: OperationCount(
        products: (x.needsGradient ? products { _ in true } : 0)
          + products { weights[$0].needsGradient }, others: others))
  }

  private func backward(_ dy: Tensor, _ y: Tensor) {
    if let biases, biases.contains(where: \.needsGradient) {
      accumulateBiasGradients(deriving: dy, y)
    } else {
      epilogue.derive(dy, at: y)
    }
    let g = MatrixOperand(dy, precision: precision)
    if x.needsGradient { accumulateInputGradient(g) }
    accumulateWeightGradients(g)
  }

  /// Turns dy into g and sums its columns while they are in cache.
  private func accumulateBiasGradients(deriving dy: Tensor, _ y: Tensor) {
    let width = outputSize
    let sums = segments.output.map { _ in Tensor(zeros: [width]) }
    epilogue.withCode { code in
      ColumnGrid(segments: segments.output, width: width).forEach { block in
        ck_epilogue_backward(
          dy.pointer + block.offset, y.pointer + block.offset, dy.pointer + block.offset,
          sums[block.segment].pointer + block.start, block.rowCount, width, block.width,
          UInt64(block.offset), code)
      }
    }
    for (map, segment) in segments.output.enumerated() where !segment.isEmpty {
      biases?[map].accumulate(sums[map])
    }
  }

  /// Computes the weight gradients in blocks of rows, each used immediately if the weight is
  /// updated during the backward pass.
  private func accumulateWeightGradients(_ g: MatrixOperand) {
    let (inputSize, outputSize) = (self.inputSize, self.outputSize)
    let transposed = x.matrixOperand(precision).transposed
    let targets = weights.indices.compactMap { weightTarget($0) }
    let parts = evenRanges(
      inputSize, atMost: productRowLimit(total: targets.count * inputSize))
    parallelFor(targets.count * parts.count, blockSize: 1) { index in
      let (position, part) = index.lowerBound.quotientAndRemainder(dividingBy: parts.count)
      let (target, columns) = (targets[position], parts[part])
      let elements = columns.lowerBound * outputSize..<columns.upperBound * outputSize
      let block = target.gradient ?? Tensor(uninitialized: [elements.count])
      let values = block.pointer + (target.gradient == nil ? 0 : elements.lowerBound)
      gemm(
        transposed.from(row: segments.input[target.map].lowerBound, column: columns.lowerBound),
        g.from(row: segments.output[target.map].lowerBound),
        values, outputSize, m: columns.count, n: outputSize, k: segments.output[target.map].count,
        beta: target.isSum ? 1 : 0)
      target.update?(elements, values)
    }
    for target in targets {
      if target.update != nil {
        weights[target.map].parameter?.clearGradient()
      } else if let gradient = target.gradient, !target.isSum {
        weights[target.map].accumulate(gradient)
      }
    }
  }

  /// The destination of the gradient of one map's weight.
  private struct WeightTarget {
    let map: Int
    /// The whole gradient; nil if each block is used immediately.
    let gradient: Tensor?
    /// Whether `gradient` already contains the gradients of other operations, to which this one is
    /// added.
    let isSum: Bool
    /// Updates the weight as soon as a block is computed.
    let update: BlockUpdate?

    static func fresh(_ map: Int, shape: [Int]) -> WeightTarget {
      WeightTarget(map: map, gradient: Tensor(uninitialized: shape), isSum: false, update: nil)
    }
  }

  private func weightTarget(_ map: Int) -> WeightTarget? {
    let weight = weights[map]
    guard weight.needsGradient, !segments.output[map].isEmpty else { return nil }
    guard let parameter = weight.parameter else { return .fresh(map, shape: weight.shape) }
    switch parameter.gradient {
    case .none:
      guard let update = weight.tape?.update(of: parameter) else { break }
      return WeightTarget(map: map, gradient: nil, isSum: false, update: update)
    case .dense(let sum) where !isReadTwice(parameter):
      return WeightTarget(
        map: map, gradient: sum, isSum: true, update: weight.tape?.update(of: parameter))
    case .dense, .rows: break
    }
    return .fresh(map, shape: weight.shape)
  }

  private func isReadTwice(_ parameter: Parameter) -> Bool {
    weights.lazy.filter { $0.parameter === parameter }.count > 1
  }

  private func accumulateInputGradient(_ g: MatrixOperand) {
    let dx = Tensor(uninitialized: x.shape)
    let matrices = weights.map { $0.matrixOperand(precision).transposed }
    let (inputSize, outputSize) = (self.inputSize, self.outputSize)
    let blocks = segments.partBlocks
    parallelFor(blocks.count, blockSize: 1) { index in
      let block = blocks[index.lowerBound]
      for map in block.maps {
        let source = segments.output[map].lowerBound + block.rows.lowerBound
        let target = segments.input[map].lowerBound + block.rows.lowerBound
        gemm(
          g.from(row: source), matrices[map], dx.pointer + target * inputSize, inputSize,
          m: block.rows.count, n: inputSize, k: outputSize,
          beta: map == block.maps.lowerBound ? 0 : 1)
      }
    }
    x.accumulate(dx)
  }

  private func naive(_ inputs: [NaiveTensor]) -> NaiveTensor {
    let x = inputs[0]
    let mapCount = segments.output.count
    var y = NaiveTensor(zeros: [segments.outputRowCount, outputSize])
    let finish = epilogue.naive(elementCount: y.values.count)
    for map in 0..<mapCount {
      let weight = inputs[1 + map]
      for (source, target) in zip(segments.input[map], segments.output[map]) {
        for column in 0..<outputSize {
          var sum = biases == nil ? 0 : inputs[1 + mapCount + map].values[column]
          for k in 0..<inputSize { sum += x[source, k] * weight[k, column] }
          y[target, column] = finish(sum, target * outputSize + column)
        }
      }
    }
    return y
  }
}
