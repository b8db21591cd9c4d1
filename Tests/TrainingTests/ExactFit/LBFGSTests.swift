import TestKit
import Testing

// Internal: LBFGS.
@testable import Training

@Suite("Minima by L-BFGS") struct LBFGSTests {
  /// 100 (y - x²)² + (1 - x)²: a bent valley.
  private func rosenbrock(_ point: [Double]) -> LBFGS.Sample {
    let (x, y) = (point[0], point[1])
    let bend = y - x * x
    return LBFGS.Sample(
      point: point, value: 100 * bend * bend + (1 - x) * (1 - x),
      gradient: [-400 * x * bend - 2 * (1 - x), 200 * bend])
  }

  /// Σ k (x_k - k)² / 2 over 50 unknowns.
  private func bowl(_ point: [Double]) -> LBFGS.Sample {
    let slopes = point.enumerated().map { Double($0 + 1) * ($1 - Double($0)) }
    let value = zip(slopes, point.enumerated()).reduce(0.0) {
      $0 + 0.5 * $1.0 * ($1.1.element - Double($1.1.offset))
    }
    return LBFGS.Sample(point: point, value: value, gradient: slopes)
  }

  @Test func theValleyOfRosenbrockIsFollowedToItsEnd() throws {
    let solver = LBFGS(tolerance: 1e-9, maximumIterations: 200)
    let result = try #require(
      solver.minimum(from: [-1.2, 1], evaluate: rosenbrock) { _, _ in true })
    #expect(result.hasConverged && result.iterations < 60)
    expectClose(result.sample.point, [1, 1], absolute: 1e-9)
  }

  @Test func everyIterationLowersTheValue() throws {
    var values = [rosenbrock([-1.2, 1]).value]
    _ = LBFGS(tolerance: 1e-9, maximumIterations: 200).minimum(
      from: [-1.2, 1], evaluate: rosenbrock
    ) {
      #expect($0 == values.count)
      values.append($1.value)
      return true
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 < $0 })
  }

  @Test func moreUnknownsThanMemoryAreSolved() throws {
    let solver = LBFGS(tolerance: 1e-10, maximumIterations: 500)
    let start = [Double](repeating: 0, count: 50)
    let result = try #require(solver.minimum(from: start, evaluate: bowl) { _, _ in true })
    #expect(result.hasConverged)
    expectClose(result.sample.point, (0..<50).map(Double.init), absolute: 1e-9)
  }

  @Test func aMinimumAtTheStartTakesNoIteration() throws {
    let solver = LBFGS(tolerance: 1e-9, maximumIterations: 200)
    let result = try #require(solver.minimum(from: [1, 1], evaluate: rosenbrock) { _, _ in true })
    #expect(result.hasConverged && result.iterations == 0)
  }

  @Test func tooFewIterationsAreAdmitted() throws {
    let solver = LBFGS(tolerance: 1e-9, maximumIterations: 5)
    let result = try #require(
      solver.minimum(from: [-1.2, 1], evaluate: rosenbrock) { _, _ in true })
    #expect(!result.hasConverged && result.iterations == 5)
  }

  /// Rounding hides what is left long before the gradient is 1e-300.
  @Test func aToleranceBelowRoundingEndsWithoutConvergence() throws {
    let solver = LBFGS(tolerance: 1e-300, maximumIterations: 100_000)
    let start = [Double](repeating: 0.3, count: 2)
    let result = try #require(
      solver.minimum(
        from: start,
        evaluate: { point in
          var sample = bowl(point)
          sample.value += 1e6
          sample.gradient = sample.gradient.map { $0 + 1e-20 }
          return sample
        }, observe: { _, _ in true }))
    #expect(result.iterations < 1000)
    expectClose(result.sample.point, [0, 1], absolute: 1e-6)
  }

  @Test func theObserverCanStopTheSearch() {
    let solver = LBFGS(tolerance: 1e-9, maximumIterations: 200)
    var seen = 0
    let result = solver.minimum(from: [-1.2, 1], evaluate: rosenbrock) { iteration, _ in
      seen = iteration
      return iteration < 3
    }
    #expect(result == nil && seen == 3)
  }
}
