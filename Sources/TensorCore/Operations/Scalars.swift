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
  /// - Backward: dx = -dy · constant / x². Infinite or NaN where x is 0.
  public static func / (constant: Float, x: Variable) -> Variable {
    Variable(Tensor(repeating: constant, shape: x.shape)) / x
  }

  /// Returns `x + constant`.
  private func shifted(by constant: Float) -> Variable {
    record(
      value.mapped { $0 + constant }, from: [self],
      naive: { $0[0].map { $0 + Double(constant) } },
      backward: { self.accumulate($0) })
  }
}
