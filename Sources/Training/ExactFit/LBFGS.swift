import TensorCore

/// Minimizes a smooth function by the limited-memory method of Broyden, Fletcher, Goldfarb and
/// Shanno, with steps that satisfy the strong Wolfe conditions.
///
/// Source: Nocedal and Wright, *Numerical Optimization*, 2nd edition, algorithms 7.4, 7.5, 3.5,
/// 3.6.
package struct LBFGS {
  /// The function and its gradient at one place.
  package struct Sample {
    /// The place.
    package var point: [Double]
    /// The value of the function.
    package var value: Double
    /// Its gradient.
    package var gradient: [Double]
    /// The norm of the gradient that is compared with the tolerance.
    package var gradientNorm: Double

    /// Creates a sample, by default with the Euclidean norm of the gradient.
    package init(point: [Double], value: Double, gradient: [Double], gradientNorm: Double? = nil) {
      self.point = point
      self.value = value
      self.gradient = gradient
      self.gradientNorm = gradientNorm ?? dot(gradient, gradient).squareRoot()
    }
  }

  /// How a search ended.
  package struct Result {
    /// The best sample.
    package var sample: Sample
    /// The number of iterations.
    package var iterations: Int
    /// Whether the gradient's norm is within the tolerance.
    package var hasConverged: Bool
  }

  /// The norm of the gradient at which the search has converged.
  package var tolerance: Double
  /// The maximum number of iterations.
  package var maximumIterations: Int
  /// The number of pairs of steps and gradient changes from which the curvature is estimated.
  ///
  /// Features that determine one another, as a flight determines its carrier, need many.
  package var memory: Int

  /// Creates a search.
  package init(tolerance: Double, maximumIterations: Int, memory: Int = 40) {
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    self.memory = memory
  }

  /// Returns the minimum, or nil if `observe` asked to stop.
  ///
  /// The search ends early if ten consecutive steps yield no improvement, since what remains is
  /// then below rounding.
  ///
  /// - Parameters:
  ///   - start: The starting point.
  ///   - evaluate: The function and its gradient.
  ///   - observe: Called after every iteration, counted from 1; returns false to end the search.
  package func minimum(
    from start: [Double], evaluate: ([Double]) throws -> Sample,
    observe: (_ iteration: Int, Sample) throws -> Bool
  ) rethrows -> Result? {
    var current = try evaluate(start)
    var curvature = CurvatureEstimate(memory: memory)
    var iterations = 0
    var smallestNorm = current.gradientNorm
    var stalled = 0
    while current.gradientNorm > tolerance, iterations < maximumIterations, stalled < 10 {
      let direction = curvature.direction(against: current.gradient)
      let next = try WolfeSearch(from: current, along: direction).step(evaluate)
      guard let next else {
        if curvature.isEmpty { break }
        curvature = CurvatureEstimate(memory: memory)
        continue
      }
      curvature.add(from: current, to: next)
      let gains = next.value < current.value || next.gradientNorm < smallestNorm
      stalled = gains ? 0 : stalled + 1
      smallestNorm = min(smallestNorm, next.gradientNorm)
      current = next
      iterations += 1
      guard try observe(iterations, current) else { return nil }
    }
    return Result(
      sample: current, iterations: iterations, hasConverged: current.gradientNorm <= tolerance)
  }
}

/// An estimate of the inverse Hessian from the last steps.
private struct CurvatureEstimate {
  let memory: Int
  private var pairs: [(step: [Double], change: [Double], product: Double)] = []

  init(memory: Int) { self.memory = memory }

  var isEmpty: Bool { pairs.isEmpty }

  /// Adds a step; one without positive curvature is uninformative and is ignored.
  mutating func add(from old: LBFGS.Sample, to new: LBFGS.Sample) {
    let step = combination(new.point, -1, old.point)
    let change = combination(new.gradient, -1, old.gradient)
    let product = dot(step, change)
    guard product > 0 else { return }
    if pairs.count == memory { pairs.removeFirst() }
    pairs.append((step, change, product))
  }

  /// Returns minus the estimated inverse times the gradient, by the two-loop recursion.
  func direction(against gradient: [Double]) -> [Double] {
    var result = gradient.map { -$0 }
    var shares: [Double] = []
    for pair in pairs.reversed() {
      let share = dot(pair.step, result) / pair.product
      accumulate(-share, pair.change, to: &result)
      shares.append(share)
    }
    if let last = pairs.last {
      let scale = last.product / dot(last.change, last.change)
      for index in result.indices { result[index] *= scale }
    }
    for (pair, share) in zip(pairs, shares.reversed()) {
      accumulate(share - dot(pair.change, result) / pair.product, pair.step, to: &result)
    }
    return result
  }
}

/// A search for a step along a direction that satisfies the strong Wolfe conditions.
///
///     f(α) ≤ f(0) + 1e-4 α f'(0)   and   |f'(α)| ≤ 0.9 |f'(0)|
///
/// Values that differ by less than the rounding error of f count as equal; the slope then decides.
private struct WolfeSearch {
  private struct Trial {
    var step: Double
    var value: Double
    var slope: Double
    var sample: LBFGS.Sample
  }

  private let direction: [Double]
  private let start: Trial
  private let rounding: Double

  init(from sample: LBFGS.Sample, along direction: [Double]) {
    self.direction = direction
    start = Trial(
      step: 0, value: sample.value, slope: dot(sample.gradient, direction), sample: sample)
    rounding = 1e-14 * abs(sample.value)
  }

  /// Returns the sample at the step, or nil if no step is found that lowers the function.
  func step(_ evaluate: ([Double]) throws -> LBFGS.Sample) rethrows -> LBFGS.Sample? {
    guard start.slope < 0 else { return nil }
    var last = start
    var step = 1.0
    for _ in 0..<30 {
      let trial = try self.trial(step, evaluate)
      if isTooHigh(trial, beside: last) { return try zoom(last, trial, evaluate) }
      if hasFlattened(trial) { return trial.sample }
      if trial.slope >= 0 { return try zoom(trial, last, evaluate) }
      last = trial
      step *= 2
    }
    return last.sample
  }

  /// Narrows the interval between `low`, the best step so far, and `high`, which contains an
  /// acceptable step.
  private func zoom(
    _ low: Trial, _ high: Trial, _ evaluate: ([Double]) throws -> LBFGS.Sample
  ) rethrows -> LBFGS.Sample? {
    var (low, high) = (low, high)
    for _ in 0..<30 {
      let trial = try self.trial(lowest(between: low, high), evaluate)
      if isTooHigh(trial, beside: low) {
        high = trial
      } else {
        if hasFlattened(trial) { return trial.sample }
        if trial.slope * (high.step - low.step) >= 0 { high = low }
        low = trial
      }
    }
    return low.step > 0 ? low.sample : nil
  }

  private func trial(
    _ step: Double, _ evaluate: ([Double]) throws -> LBFGS.Sample
  ) rethrows -> Trial {
    let sample = try evaluate(combination(start.sample.point, step, direction))
    return Trial(
      step: step, value: sample.value, slope: dot(sample.gradient, direction), sample: sample)
  }

  private func isTooHigh(_ trial: Trial, beside best: Trial) -> Bool {
    !(trial.value <= start.value + 1e-4 * trial.step * start.slope + rounding
      && trial.value <= best.value + rounding)
  }

  private func hasFlattened(_ trial: Trial) -> Bool { abs(trial.slope) <= 0.9 * abs(start.slope) }

  /// Returns the minimizer of the cubic through both values and slopes, kept away from the ends.
  private func lowest(between a: Trial, _ b: Trial) -> Double {
    let width = b.step - a.step
    let chord = a.slope + b.slope - 3 * (b.value - a.value) / width
    let square = chord * chord - a.slope * b.slope
    var place = 0.5
    if square >= 0 {
      let root = width > 0 ? square.squareRoot() : -square.squareRoot()
      let share = 1 - (b.slope + root - chord) / (b.slope - a.slope + 2 * root)
      if share.isFinite { place = share }
    }
    return a.step + min(0.9, max(0.1, place)) * width
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for index in a.indices { sum += a[index] * b[index] }
  return sum
}

/// Returns a + factor · b.
private func combination(_ a: [Double], _ factor: Double, _ b: [Double]) -> [Double] {
  var result = a
  accumulate(factor, b, to: &result)
  return result
}

/// Adds factor · b to a.
private func accumulate(_ factor: Double, _ b: [Double], to a: inout [Double]) {
  for index in a.indices { a[index] += factor * b[index] }
}
