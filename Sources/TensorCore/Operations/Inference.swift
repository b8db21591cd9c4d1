import CNumerics

/// One layer of affine maps for inference without gradients: `f(adjusted(h W_e))` for map `e`.
package struct InferenceLayer {
  /// The adjustment of the columns of a product before the activation.
  package enum Adjustment {
    /// Adds a bias `[columns]`, one per map.
    case biases([Tensor])
    /// Normalizes the columns, separately for each map.
    case normalizations([Normalization])
  }

  /// A normalization by given moments: `(x - mean) · inverse · scale + shift`, all `[columns]`.
  package struct Normalization {
    let mean: Tensor
    let inverse: Tensor
    let scale: Tensor
    let shift: Tensor

    /// Creates the normalization, with inverse = 1 / sqrt(variance + epsilon).
    package init(mean: Tensor, variance: Tensor, epsilon: Float, scale: Tensor, shift: Tensor) {
      self.mean = mean
      inverse = Tensor(
        variance.values.map { 1 / ($0 + epsilon).squareRoot() }, shape: variance.shape)
      self.scale = scale
      self.shift = shift
    }
  }

  let weights: [Tensor]
  let adjustment: Adjustment
  let epilogue: Epilogue

  var outputSize: Int { weights[0].shape[1] }

  /// The operations for a number of rows.
  fileprivate func operations(rowCount rows: Int) -> OperationCount {
    let steps = if case .biases = adjustment { 1 } else { 4 }
    return OperationCount(
      products: 2 * rows * weights[0].shape[0] * outputSize,
      others: rows * outputSize * (steps + epilogue.stepCount))
  }

  /// Creates a layer from one weight `[inputSize, columns]` per map.
  package init(weights: [Tensor], adjustment: Adjustment, activation: Activation = .identity) {
    self.weights = weights
    self.adjustment = adjustment
    epilogue = Epilogue(activation)
  }

  /// Turns rows of one map's product into rows of the layer's result, in place.
  fileprivate func finish(_ y: UnsafeMutablePointer<Float>, rowCount: Int, map: Int) {
    let width = outputSize
    epilogue.withCode { code in
      switch adjustment {
      case .biases(let biases):
        ck_epilogue_forward(y, biases[map].pointer, rowCount, width, width, 0, code)
      case .normalizations(let all):
        let own = all[map]
        ck_normalize_columns(
          y, own.mean.pointer, own.inverse.pointer, own.scale.pointer, own.shift.pointer, y,
          rowCount, width, width, 0, code)
      }
    }
  }
}

extension Variable {
  /// Returns the output of several layers for the rows of every segment, without recording for
  /// gradients.
  ///
  /// A block of rows passes through all layers at once, so intermediate results stay in cache and
  /// threads synchronize only once. The result has the same bits as
  /// ``affine(segments:weights:biases:activation:dropout:)`` and
  /// ``normalized(segments:means:variances:scales:shifts:epsilon:activation:)`` layer by layer,
  /// which must be used if a tape records.
  ///
  /// - x: `[segments.inputRowCount, inputSize]`;
  ///   result: `[segments.outputRowCount, columns of the last layer]`.
  /// - Precondition: at least one layer; x needs no gradient.
  package func inferred(segments: Segments, layers: [InferenceLayer]) -> Variable {
    require(
      !needsGradient && shape == [segments.inputRowCount, layers[0].weights[0].shape[0]],
      "\(shape) cannot be multiplied by weights \(layers[0].weights[0].shape) of "
        + "\(segments.inputRowCount) rows")
    let precision = MatrixPrecision.current
    let x = matrixOperand(precision)
    let matrices = layers.map { $0.weights.map { MatrixOperand($0, precision: precision) } }
    let last = layers.count - 1
    let outputSize = layers[last].outputSize
    let y = Tensor(uninitialized: [segments.outputRowCount, outputSize])
    let blocks = segments.mapBlocks
    parallelFor(blocks.count, blockSize: 1) { index in
      let (map, rows) = (blocks[index.lowerBound].maps.lowerBound, blocks[index.lowerBound].rows)
      func apply(_ layer: Int, to h: MatrixOperand, writing target: UnsafeMutablePointer<Float>) {
        let weight = layers[layer].weights[map]
        rowProduct(
          h, matrices[layer][map], target, weight.shape[1], m: rows.count, n: weight.shape[1],
          k: weight.shape[0])
        layers[layer].finish(target, rowCount: rows.count, map: map)
      }
      var h = x.from(row: segments.input[map].lowerBound + rows.lowerBound)
      for layer in 0..<last {
        let hidden = Tensor(uninitialized: [rows.count, layers[layer].outputSize])
        apply(layer, to: h, writing: hidden.pointer)
        h = MatrixOperand(hidden, precision: precision)
      }
      let start = segments.output[map].lowerBound + rows.lowerBound
      apply(last, to: h, writing: y.pointer + start * outputSize)
    }
    for layer in layers {
      tape?.countForward(layer.operations(rowCount: segments.outputRowCount))
    }
    return Variable(constant: y, on: tape)
  }
}
