import CNumerics

extension Variable {
  /// Returns a function of every element.
  ///
  /// This is the simplest way to write a custom operation; see `docs/operations.md`.
  ///
  /// - x, y: any shape. Backward: dx = dy · slope(x, y).
  /// - Parameters:
  ///   - function: y of an element x.
  ///   - slope: The derivative dy/dx at x, given y.
  ///   - naive: y of x in `Double`, written independently of `function`, as the reference in tests.
  public func mapped(
    _ function: (Float) -> Float, slope: @escaping (_ x: Float, _ y: Float) -> Float,
    naive: @escaping (Double) -> Double
  ) -> Variable {
    let x = value
    let y = x.mapped(function)
    return record(
      y, from: [self], naive: { $0[0].map(naive) },
      backward: { dy in
        let dx = Tensor(uninitialized: x.shape)
        parallelFor(x.count, blockSize: elementBlock) { block in
          for i in block {
            dx.pointer[i] = dy.pointer[i] * slope(x.pointer[i], y.pointer[i])
          }
        }
        self.accumulate(dx)
      })
  }

  /// Returns exp(x), computed in `Double` and rounded; it is +∞ above about 88.7.
  ///
  /// - Backward: dx = y · dy.
  public func exp() -> Variable {
    mapped({ Float(Double($0).exponential) }, slope: { $1 }, naive: \.exponential)
  }

  /// Returns the natural logarithm, computed in `Double` and rounded; it is -∞ at 0 and NaN below.
  ///
  /// - Backward: dx = dy / x, which is infinite at 0: take the logarithm of `x + 1e-7`, or, better,
  ///   compute with log-odds throughout (``logSigmoid()``, ``productLogit(_:_:)``).
  public func log() -> Variable {
    mapped(
      { Float(Double($0).naturalLogarithm) }, slope: { x, _ in 1 / x }, naive: \.naturalLogarithm)
  }

  /// Returns the square root, which is NaN below 0.
  ///
  /// - Backward: dx = dy / 2y, which is infinite at 0: take the root of `x + 1e-12` if x can be 0.
  public func sqrt() -> Variable {
    mapped({ $0.squareRoot() }, slope: { 0.5 / $1 }, naive: { $0.squareRoot() })
  }

  /// Returns x².
  ///
  /// - Backward: dx = 2 x · dy.
  public func squared() -> Variable {
    mapped({ $0 * $0 }, slope: { x, _ in 2 * x }, naive: { $0 * $0 })
  }

  /// Returns |x|.
  ///
  /// - Backward: dx = sign(x) · dy, 0 at 0.
  public func absolute() -> Variable {
    mapped(
      { $0.magnitude }, slope: { x, _ in x > 0 ? 1 : x < 0 ? -1 : 0 }, naive: { $0 < 0 ? -$0 : $0 })
  }

  /// Returns log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)), which never overflows and is never
  /// negative.
  ///
  /// - Backward: dx = σ(x) · dy.
  public func softplus() -> Variable {
    mapped({ Float(Double($0).softplus) }, slope: { x, _ in Float(Double(x).sigmoid) }) {
      $0 > 30 ? $0 + (-$0).exponential : (1 + $0.exponential).naturalLogarithm
    }
  }

  /// Returns log σ(x) = -log(1 + exp(-x)), which is finite for every finite x.
  ///
  /// - Backward: dx = σ(-x) · dy.
  public func logSigmoid() -> Variable {
    mapped({ Float(-Double(-$0).softplus) }, slope: { x, _ in Float(Double(-x).sigmoid) }) {
      $0 < -30 ? $0 - $0.exponential : -(1 + (-$0).exponential).naturalLogarithm
    }
  }

  /// Returns max(x, 0), as `activated(by: .relu)` does.
  ///
  /// - Backward: dx = dy if x > 0, otherwise 0.
  public func relu() -> Variable { activated(by: .relu) }

  /// Returns tanh x, as `activated(by: .tanh)` does.
  ///
  /// - Backward: dx = (1 - y²) · dy.
  public func tanh() -> Variable { activated(by: .tanh) }

  /// Returns 1 / (1 + exp(-x)), as `activated(by: .sigmoid)` does.
  ///
  /// - Backward: dx = y (1 - y) · dy.
  ///
  /// In `Float`, the result is exactly 1 for x above about 17; compute losses of probabilities near
  /// 0 or 1 from log-odds instead.
  public func sigmoid() -> Variable { activated(by: .sigmoid) }

  /// Returns x σ(x), also called SiLU.
  ///
  /// - Backward: dx = (σ(x) + x σ(x) (1 - σ(x))) · dy.
  ///
  /// Source: Ramachandran et al., Searching for activation functions, arXiv 1710.05941 (2017), with β = 1.
  public func swish() -> Variable {
    let x = value
    let y = Tensor(uninitialized: shape)
    parallelFor(x.count, blockSize: elementBlock) { block in
      let start = block.lowerBound
      ck_swish(x.pointer + start, y.pointer + start, block.count)
    }
    return record(
      y, from: [self], cost: .others(forward: 2 * y.count, backward: 3 * y.count),
      naive: { $0[0].map { $0 / (1 + (-$0).exponential) } },
      backward: { dy in
        let dx = Tensor(uninitialized: x.shape)
        parallelFor(x.count, blockSize: elementBlock) { block in
          let start = block.lowerBound
          ck_swish_backward(
            dy.pointer + start, x.pointer + start, dx.pointer + start, block.count)
        }
        self.accumulate(dx)
      })
  }

  /// Returns x clamped to a range: min(max(x, lower), upper).
  ///
  /// NaN stays NaN.
  ///
  /// - Backward: dx = dy if x is within the range, ends included, otherwise 0.
  public func clamped(to range: ClosedRange<Float>) -> Variable {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    return mapped(
      { $0 < lower ? lower : $0 > upper ? upper : $0 },
      slope: { x, _ in range.contains(x) ? 1 : 0 },
      naive: { min(max($0, Double(lower)), Double(upper)) })
  }

  /// Returns max(x, lower); see ``clamped(to:)-(ClosedRange<Float>)``.
  public func clamped(to range: PartialRangeFrom<Float>) -> Variable {
    clamped(to: range.lowerBound...(.infinity))
  }

  /// Returns min(x, upper); see ``clamped(to:)-(ClosedRange<Float>)``.
  public func clamped(to range: PartialRangeThrough<Float>) -> Variable {
    clamped(to: -.infinity...range.upperBound)
  }

  /// Returns the cubic step from 0 to 1 over an interval centered at 0.
  ///
  ///     S(x) = 0 for x <= -γ/2,   -2 x³/γ³ + 3x/2γ + 1/2 between,   1 for x >= γ/2
  ///
  /// Source: Hazimeh et al. (DSelect-k), NeurIPS 2021, equation 2.
  /// - Backward: dx = (3/2γ - 6 x²/γ³) · dy between, exactly 0 outside.
  /// - Parameter width: γ, the length of the interval.
  /// - Precondition: `width > 0`.
  public func smoothStep(width: Float = 1) -> Variable {
    require(width > 0, "a step of width \(width): more than 0 is wanted")
    return mapped(
      { x in
        let t = x / width
        return t <= -0.5 ? 0 : t >= 0.5 ? 1 : t * (1.5 - 2 * t * t) + 0.5
      },
      slope: { x, _ in
        let t = x / width
        return t.magnitude >= 0.5 ? 0 : (1.5 - 6 * t * t) / width
      },
      naive: { x in
        let width = Double(width)
        let t = min(max(x / width + 0.5, 0), 1)
        return t * t * (3 - 2 * t)
      })
  }
}

/// Returns the greater of two elements; for shapes see `+` of variables.
///
/// - Backward: dy goes to the greater element, or half to each if they are equal (as in PyTorch).
/// - Edge cases: NaN if either is NaN, without gradient.
public func maximum(_ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = Variable.inCommonShape(a, b)
  return record(
    a.value.combined(with: b.value) { $0 >= $1 ? $0 : $1 >= $0 ? $1 : .nan }, from: [a, b],
    naive: { inputs in
      NaiveTensor(
        zip(inputs[0].values, inputs[1].values).map { max($0, $1) }, shape: inputs[0].shape)
    },
    backward: { dy in
      for (own, other) in [(a, b), (b, a)] where own.needsGradient {
        let share = own.value.combined(with: other.value) { $0 > $1 ? 1 : $0 == $1 ? 0.5 : 0 }
        own.accumulate(share.multiplied(by: dy))
      }
    })
}

/// Returns the lesser of two elements; for shapes see `+` of variables.
///
/// - Backward: dy goes to the lesser element, or half to each if they are equal (as in PyTorch).
/// - Edge cases: NaN if either is NaN, without gradient.
public func minimum(_ a: Variable, _ b: Variable) -> Variable { -maximum(-a, -b) }

extension Tensor {
  /// Returns a function of every element.
  @inline(__always)
  func mapped(_ function: (Float) -> Float) -> Tensor {
    let result = Tensor(uninitialized: shape)
    parallelFor(count, blockSize: elementBlock) { block in
      for i in block { result.pointer[i] = function(pointer[i]) }
    }
    return result
  }
}

extension Double {
  /// log(1 + exp(x)), with a relative error below 1e-8: for small z, the logarithm of 1 + z is z.
  var softplus: Double {
    let z = (-magnitude).exponential
    return max(self, 0) + (z < 1e-8 ? z : (1 + z).naturalLogarithm)
  }

  /// 1 / (1 + exp(-x)).
  var sigmoid: Double { 1 / (1 + (-self).exponential) }
}
