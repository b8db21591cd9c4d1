/// The minimum of a convex function over the simplex w ≥ 0, Σ w = 1.
///
/// In every step, weight moves between the two elements whose partial derivatives differ most, as
/// far as lowers the function, which is found by bisection of its slope. It ends when all elements
/// above 0 have equal derivatives, to within rounding, and starts from equal weights, so that equal
/// objectives get equal weights.
struct SimplexMinimum {
  private static let stepLimit = 2000
  private static let bisectionLimit = 60

  /// The weights.
  private(set) var weights: [Double]

  private let gradient: ([Double]) -> [Double]

  /// Finds the minimum.
  ///
  /// - Parameters:
  ///   - count: The number of weights.
  ///   - gradient: The partial derivatives of the function.
  init(count: Int, gradient: @escaping ([Double]) -> [Double]) {
    weights = [Double](repeating: 1 / Double(max(1, count)), count: count)
    self.gradient = gradient
    for _ in 0..<Self.stepLimit where !step() { return }
  }

  /// Moves weight between two elements; returns whether anything changed.
  private mutating func step() -> Bool {
    let slopes = gradient(weights)
    let givers = weights.indices.filter { weights[$0] > 0 }
    guard let taker = slopes.indices.min(by: { slopes[$0] < slopes[$1] }),
      let giver = givers.max(by: { slopes[$0] < slopes[$1] })
    else { return false }
    let scale = slopes.reduce(0) { max($0, abs($1)) }
    guard slopes[giver] - slopes[taker] > 1e-13 * scale else { return false }
    let amount = amount(from: giver, to: taker)
    guard amount > 0 else { return false }
    weights = moved(amount, from: giver, to: taker)
    return true
  }

  private func moved(_ amount: Double, from giver: Int, to taker: Int) -> [Double] {
    var result = weights
    result[giver] -= amount
    result[taker] += amount
    return result
  }

  /// Returns the amount at which the slope changes its sign.
  private func amount(from giver: Int, to taker: Int) -> Double {
    func slope(_ amount: Double) -> Double {
      let slopes = gradient(moved(amount, from: giver, to: taker))
      return slopes[taker] - slopes[giver]
    }
    var (low, high) = (0.0, weights[giver])
    var (lowSlope, highSlope) = (slope(low), slope(high))
    if highSlope <= 0 { return high }
    // A straight line through both slopes, which is exact for a quadratic function.
    var next = low - lowSlope * (high - low) / (highSlope - lowSlope)
    for _ in 0..<Self.bisectionLimit {
      let found = slope(next)
      if abs(found) <= 1e-15 * (highSlope - lowSlope) { return next }
      if found < 0 { (low, lowSlope) = (next, found) } else { (high, highSlope) = (next, found) }
      next = (low + high) / 2
      if next <= low || next >= high { break }
    }
    return next
  }
}
