import CNumerics

extension Variable {
  /// Returns the element-wise sum.
  ///
  /// - a, b: any shape, the same for both; or one of them is a scalar, a row `[columns]` or
  ///   `[1, columns]`, or a column `[rows, 1]`, which is broadcast to the shape of the other; see
  ///   ``expanded(to:)``. The same holds for `-`, `*` and `/`.
  /// - Backward: da = db = dy, summed over broadcast dimensions.
  public static func + (a: Variable, b: Variable) -> Variable {
    let (a, b) = inCommonShape(a, b)
    return record(
      a.value.adding(b.value), from: [a, b], cost: .others(forward: a.value.count, backward: 0),
      naive: { inputs in
        NaiveTensor(zip(inputs[0].values, inputs[1].values).map(+), shape: inputs[0].shape)
      },
      backward: { dy in
        if b.needsGradient { b.accumulate(a.needsGradient ? dy.copy() : dy) }
        a.accumulate(dy)
      })
  }

  /// Returns the element-wise difference; for shapes see `+`.
  ///
  /// - Backward: da = dy, db = -dy.
  public static func - (a: Variable, b: Variable) -> Variable {
    let (a, b) = inCommonShape(a, b)
    return record(
      a.value.combined(with: b.value) { $0 - $1 }, from: [a, b],
      cost: .others(forward: a.value.count, backward: 0),
      naive: { inputs in
        NaiveTensor(zip(inputs[0].values, inputs[1].values).map(-), shape: inputs[0].shape)
      },
      backward: { dy in
        if b.needsGradient { b.accumulate(dy.scaled(by: -1)) }
        a.accumulate(dy)
      })
  }

  /// Returns the element-wise product; for shapes see `+`.
  ///
  /// A column `[rows, 1]` scales rows, a row `[columns]` scales columns.
  /// - Backward: da = b · dy, db = a · dy.
  public static func * (a: Variable, b: Variable) -> Variable {
    let (a, b) = inCommonShape(a, b)
    return record(
      a.value.multiplied(by: b.value), from: [a, b],
      naive: { inputs in
        NaiveTensor(zip(inputs[0].values, inputs[1].values).map(*), shape: inputs[0].shape)
      },
      backward: { dy in
        if a.needsGradient { a.accumulate(dy.multiplied(by: b.value)) }
        if b.needsGradient { b.accumulate(dy.multiplied(by: a.value)) }
      })
  }

  /// Returns the element-wise quotient; for shapes see `+`.
  ///
  /// - Backward: da = dy / b, db = -dy · (a / b) / b.
  /// - Edge cases: as in IEEE 754: x / 0 is ±∞, 0 / 0 is NaN, and the gradients there are infinite
  ///   or NaN. Keep b away from 0, for example by `maximum` or by adding a constant.
  public static func / (a: Variable, b: Variable) -> Variable {
    let (a, b) = inCommonShape(a, b)
    let y = a.value.combined(with: b.value) { $0 / $1 }
    return record(
      y, from: [a, b],
      naive: { inputs in
        NaiveTensor(zip(inputs[0].values, inputs[1].values).map(/), shape: inputs[0].shape)
      },
      backward: { dy in
        let slope = dy.combined(with: b.value) { $0 / $1 }
        if b.needsGradient { b.accumulate(slope.combined(with: y) { -$0 * $1 }) }
        a.accumulate(slope)
      })
  }

  /// Returns `factor · x`.
  ///
  /// - Backward: dx = factor · dy.
  public func scaled(by factor: Float) -> Variable {
    record(
      value.scaled(by: factor), from: [self],
      naive: { $0[0].map { $0 * Double(factor) } },
      backward: { self.accumulate($0.scaled(by: factor)) })
  }

  /// Returns the scalar `Σ_i weights_i · x_i` with constant weights.
  ///
  /// Sums and means of selected elements have this form, with zero weights for all other elements.
  /// The sum is accumulated in `Double`.
  ///
  /// - x, weights: any shape, the same for both; result: scalar. Backward: dx = dy · weights.
  public func weightedSum(_ weights: Tensor) -> Variable {
    require(weights.shape == shape, "a sum of \(described) with weights \(weights.shape)")
    let sum = Float(ck_dot(value.pointer, weights.pointer, value.count))
    return record(
      Tensor(scalar: sum), from: [self],
      cost: .others(forward: 2 * value.count, backward: value.count),
      naive: { inputs in
        let terms = zip(inputs[0].values, NaiveTensor(weights).values).map(*)
        return NaiveTensor([terms.reduce(0, +)], shape: [])
      },
      backward: { self.accumulate(weights.scaled(by: $0.scalar)) })
  }

  /// Returns the same value as a constant, through which no gradient flows back.
  public func detached() -> Variable { Variable(constant: value, on: tape) }

  /// Returns the elements in another shape.
  public func reshaped(to shape: [Int]) -> Variable {
    let original = self.shape
    require(
      shape.reduce(1, *) == value.count, "\(described) cannot be reshaped to \(shape)")
    return record(
      value.reshaped(to: shape), from: [self], cost: OperationCost.none,
      naive: { NaiveTensor($0[0].values, shape: shape) },
      backward: { self.accumulate($0.reshaped(to: original)) })
  }
}

extension Tensor {
  /// Returns the element-wise sum of two tensors of the same shape.
  func adding(_ other: Tensor) -> Tensor {
    require(shape == other.shape, "cannot add \(other.shape) to \(shape)")
    let result = Tensor(uninitialized: shape)
    parallelFor(count, blockSize: elementBlock) { block in
      let start = block.lowerBound
      ck_add(pointer + start, other.pointer + start, result.pointer + start, block.count)
    }
    return result
  }

  /// Adds a tensor of the same shape in place.
  func add(_ other: Tensor) {
    require(shape == other.shape, "cannot add \(other.shape) to \(shape)")
    parallelFor(count, blockSize: elementBlock) { block in
      let start = block.lowerBound
      ck_add(pointer + start, other.pointer + start, pointer + start, block.count)
    }
  }

  /// Returns the element-wise product of two tensors of the same shape.
  func multiplied(by other: Tensor) -> Tensor {
    require(shape == other.shape, "cannot multiply \(other.shape) and \(shape)")
    let result = Tensor(uninitialized: shape)
    parallelFor(count, blockSize: elementBlock) { block in
      let start = block.lowerBound
      ck_multiply(pointer + start, other.pointer + start, result.pointer + start, block.count)
    }
    return result
  }

  /// Returns a function of the elements of two tensors of the same shape.
  @inline(__always)
  func combined(with other: Tensor, by function: (Float, Float) -> Float) -> Tensor {
    require(shape == other.shape, "cannot combine \(shape) and \(other.shape)")
    let result = Tensor(uninitialized: shape)
    parallelFor(count, blockSize: elementBlock) { block in
      for i in block { result.pointer[i] = function(pointer[i], other.pointer[i]) }
    }
    return result
  }

  /// Returns the inner product of two tensors of the same shape, accumulated in `Double`.
  func dot(_ other: Tensor) -> Double {
    require(shape == other.shape, "no inner product of \(shape) and \(other.shape)")
    return ck_dot(pointer, other.pointer, count)
  }

  /// Returns the tensor times a number.
  func scaled(by factor: Float) -> Tensor {
    let result = Tensor(uninitialized: shape)
    parallelFor(count, blockSize: elementBlock) { block in
      let start = block.lowerBound
      ck_scale(pointer + start, factor, result.pointer + start, block.count)
    }
    return result
  }
}

extension Variable {
  /// Returns `x + constant`.
  ///
  /// - Backward: dx = dy.
  public static func + (x: Variable, constant: Float) -> Variable { x.shifted(by: constant) }

  /// Returns `constant + x`.
  ///
  /// - Backward: dx = dy.
  public static func + (constant: Float, x: Variable) -> Variable { x.shifted(by: constant) }

  /// Returns `x - constant`.
  ///
  /// - Backward: dx = dy.
  public static func - (x: Variable, constant: Float) -> Variable { x.shifted(by: -constant) }

  /// Returns `constant - x`.
  ///
  /// - Backward: dx = -dy.
  public static func - (constant: Float, x: Variable) -> Variable {
    x.scaled(by: -1).shifted(by: constant)
  }

  /// Returns `-x`.
  ///
  /// - Backward: dx = -dy.
  public static prefix func - (x: Variable) -> Variable { x.scaled(by: -1) }

  /// Returns `factor · x`.
  ///
  /// - Backward: dx = factor · dy.
  public static func * (factor: Float, x: Variable) -> Variable { x.scaled(by: factor) }

  /// Returns `x · factor`.
  ///
  /// - Backward: dx = factor · dy.
  public static func * (x: Variable, factor: Float) -> Variable { x.scaled(by: factor) }

  /// Returns `x · (1 / divisor)`, which may differ from `x / divisor` in the last bit.
  ///
  /// - Backward: dx = dy · (1 / divisor).
  public static func / (x: Variable, divisor: Float) -> Variable { x.scaled(by: 1 / divisor) }

  /// Returns `constant / x`.
  ///
  /// - Backward: dx = -dy · constant / x². It is infinite or NaN if x is 0.
  public static func / (constant: Float, x: Variable) -> Variable {
    Variable(Tensor(repeating: constant, shape: x.shape)) / x
  }

  /// Returns `x + constant`.
  private func shifted(by constant: Float) -> Variable {
    record(
      value.mapped { $0 + constant }, from: [self],
      cost: .others(forward: value.count, backward: 0),
      naive: { $0[0].map { $0 + Double(constant) } },
      backward: { self.accumulate($0) })
  }
}

/// Returns the sum of variables, added from the left: `((a + b) + c) + …`.
///
/// - terms: shapes as for `+`.
/// - Precondition: there is a term.
public func sum(_ terms: [Variable]) -> Variable {
  require(!terms.isEmpty, "the sum of no variables has no shape")
  return terms.dropFirst().reduce(terms[0], +)
}
