import TensorCore

/// Differentiates the `Double` replay of a recorded loss numerically.
struct FiniteDifferences {
  let replay: NaiveReplay
  let loss: Variable
  let parameter: Parameter

  /// Steps relative to an element's size, tried in turn until a difference agrees: a shorter step
  /// is for the rare element with a kink (of a ReLU, say) within the longer one.
  private static let steps = [1e-5, 1e-7]

  /// Returns the derivative along `direction`, with the step whose result is nearest `found`.
  func derivative(along direction: [Int: Double], nearest found: Double, limit: Double) -> Double {
    var best = Double.nan
    for step in Self.steps {
      let candidate = central(direction, step)
      if best.isNaN || abs(candidate - found) < abs(best - found) { best = candidate }
      if abs(best - found) <= limit { break }
    }
    return best
  }

  /// Returns `(loss(p + h d) - loss(p - h d)) / 2h`.
  func central(_ direction: [Int: Double], _ step: Double) -> Double {
    let center = NaiveTensor(parameter.value)
    let size = direction.keys.reduce(1.0) { max($0, abs(center.values[$1])) }
    let h = step * size
    func value(_ sign: Double) -> Double {
      var moved = center
      for (index, part) in direction { moved.values[index] += sign * h * part }
      return replay.value(of: loss, replacing: [parameter.name: moved]).values[0]
    }
    return (value(1) - value(-1)) / (2 * h)
  }
}
