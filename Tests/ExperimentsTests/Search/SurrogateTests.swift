import Foundation
import TensorCore
import Testing

// Internal: ParzenEstimator, GaussianProcess, CovarianceMatrixAdaptation, NormalDistribution.
@testable import Experiments

@Suite struct NormalDistributionTests {
  @Test func agreesWithPublishedValues() {
    #expect(abs(NormalDistribution.probability(1.959963984540054) - 0.975) < 1e-15)
    #expect(abs(NormalDistribution.quantile(0.975) - 1.959963984540054) < 1e-11)
    #expect(abs(NormalDistribution.probability(-10) / 7.619853024160527e-24 - 1) < 1e-12)
    #expect(abs(NormalDistribution.probability(from: 8, to: 9) / 6.219831985865778e-16 - 1) < 1e-9)
  }

  @Test func theLogarithmOfTheExpectedExcessIsSmoothWhereItsFormulaChanges() {
    let (above, below) = (-25 + 1e-12, -25 - 1e-12)
    let gap =
      NormalDistribution.logExpectedExcess(above) - NormalDistribution.logExpectedExcess(below)
    #expect(abs(gap) < 1e-7)
    #expect(
      abs(NormalDistribution.logExpectedExcess(0) - log(1 / (2 * Double.pi).squareRoot())) < 1e-15)
    #expect(NormalDistribution.logExpectedExcess(-300).isFinite)
    #expect(NormalDistribution.logExpectedExcess(-300) < NormalDistribution.logExpectedExcess(-299))
  }
}

@Suite struct WarpedScoresTests {
  @Test func keepTheOrderAndPullInDisasters() {
    let values = warped([1, 2, 3, 4, 5, -1e9])
    #expect(values[5] < values[0] && values[0] < values[1] && values[3] < values[4])
    #expect(values[5] > -3)
    #expect(abs((values[4] - values[3]) / (values[3] - values[2]) - 1) < 1e-12)
  }

  @Test func failuresRankBelowAllScoresAndEqualScoresStayEqual() {
    let values = warped([nil, 2, 2, nil, 1, 3, 1])
    #expect(values[0] == values[3] && values[0] < values[4])
    #expect(values[1] == values[2] && values[4] == values[6])
  }

  @Test(arguments: [[nil, nil, nil, 1.0], [nil, nil], [2, 2, 2], [5], [nil, nil, nil, 1, 2]])
  func areFiniteWhatever(scores: [Double?]) {
    let values = warped(scores)
    #expect(values.count == scores.count && values.allSatisfy(\.isFinite))
    for (score, value) in zip(scores, values) where score == nil { #expect(value <= 0) }
  }
}

@Suite struct GaussianProcessTests {
  private func process(_ inputs: [[Double]], isCategory: [Bool], _ value: ([Double]) -> Double)
    throws -> GaussianProcess
  {
    var stream = RandomStreams(seed: 1)["fit"]
    return try #require(
      GaussianProcess(
        inputs, isCategory: isCategory, targets: inputs.map(value), drawingFrom: &stream))
  }

  private let points = (0..<30).map { SobolSequence(dimensionCount: 2, scrambledBy: []).point($0) }

  private func wave(_ x: [Double]) -> Double { 5 + 3 * sin(6 * x[0]) }

  @Test func passesThroughPointsWithoutNoiseAndPredictsBetweenThem() throws {
    let process = try process(points, isCategory: [false, false], wave)
    for (point, at) in zip(points, process.posterior(at: points)) {
      #expect(abs(at.mean - wave(point)) < 0.02 && at.deviation < 0.05)
    }
    let between = [[0.31, 0.77], [0.64, 0.12]]
    for (point, at) in zip(between, process.posterior(at: between)) {
      #expect(abs(at.mean - wave(point)) < 0.1)
    }
  }

  @Test func learnsThatADimensionDoesNotMatter() throws {
    let scales = try process(points, isCategory: [false, false], wave).parameters.lengthScales
    #expect(scales[1] > scales[0] + 1)
  }

  @Test func separatesCategoriesAndKnowsLessAboutANewOne() throws {
    let inputs = points.map { [$0[0], $0[1] < 0.5 ? 0.0 : 1.0] }
    let process = try process(inputs, isCategory: [false, true]) {
      $0[0] * $0[0] + ($0[1] == 0 ? 0 : 10)
    }
    let at = process.posterior(at: [[0.5, 0], [0.5, 1], [0.5, 2]])
    #expect(abs(at[0].mean - 0.25) < 0.3 && abs(at[1].mean - 10.25) < 0.3)
    #expect(at[2].deviation > 10 * at[0].deviation)
  }

  @Test func thePosteriorIsThatOfPlainElimination() throws {
    let inputs = Array(points.prefix(8))
    let process = try process(inputs, isCategory: [false, false]) { wave($0) + $0[1] }
    let (place, parameters) = ([0.4, 0.6], process.parameters)
    func kernel(_ x: [Double], _ y: [Double]) -> Double {
      var square = 0.0
      for index in x.indices {
        let difference = (x[index] - y[index]) / exp(parameters.lengthScales[index])
        square += difference * difference
      }
      let r = square.squareRoot()
      return exp(parameters.signal) * (1 + 5.0.squareRoot() * r + 5 * r * r / 3)
        * exp(-5.0.squareRoot() * r)
    }
    let targets = inputs.map { wave($0) + $0[1] }
    let summary = try #require(Summary(targets))
    let scale = try #require(summary.deviation)
    let column = inputs.map { kernel($0, place) }
    let matrix = inputs.enumerated().map { row, x in
      inputs.enumerated().map { other, y in
        kernel(x, y) + (row == other ? exp(parameters.noise) + 1e-6 : 0)
      }
    }
    let weights = eliminated(matrix, targets.map { ($0 - summary.mean) / scale })
    let solved = eliminated(matrix, column)
    let mean = summary.mean + scale * zip(column, weights).reduce(0) { $0 + $1.0 * $1.1 }
    let variance = exp(parameters.signal) - zip(column, solved).reduce(0) { $0 + $1.0 * $1.1 }
    let at = process.posterior(at: [place])[0]
    #expect(abs(at.mean - mean) < 1e-6 * abs(mean))
    #expect(abs(at.deviation / (scale * variance.squareRoot()) - 1) < 1e-6)
  }

  /// Solves a system of linear equations without pivoting.
  private func eliminated(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var (a, b) = (matrix, right)
    for column in a.indices {
      for row in a.indices where row != column {
        let factor = a[row][column] / a[column][column]
        for index in a.indices { a[row][index] -= factor * a[column][index] }
        b[row] -= factor * b[column]
      }
    }
    return a.indices.map { b[$0] / a[$0][$0] }
  }

  @Test func theGradientOfTheLikelihoodIsThatOfFiniteDifferences() {
    let inputs = points.prefix(12).map { [$0[0], $0[1] < 0.5 ? 0.0 : 1.0] }
    let likelihood = MarginalLikelihood(
      inputs, isCategory: [false, true], targets: inputs.map { sin(9 * $0[0]) + $0[1] })
    let place = [-1.2, 0.4, 0.3, -4.0]
    let gradient = likelihood.sample(place).gradient
    for index in place.indices {
      var (above, below) = (place, place)
      above[index] += 1e-5
      below[index] -= 1e-5
      let slope = (likelihood.sample(above).value - likelihood.sample(below).value) / 2e-5
      #expect(abs(gradient[index] - slope) < 1e-5 * max(1, abs(slope)), "\(index)")
    }
  }

  /// The variance after an observation with noise v is s² - s⁴ / (s² + v).
  @Test func believingKeepsTheMeanAndLowersTheVariance() throws {
    let inputs = Array(points.prefix(10))
    let process = try process(inputs, isCategory: [false, false], wave)
    let scale = try #require(Summary(inputs.map(wave))?.deviation)
    let place = [[0.9, 0.2]]
    let before = process.posterior(at: place)[0]
    let after = try #require(process.believing(place[0])).posterior(at: place)[0]
    let (old, new) = (pow(before.deviation / scale, 2), pow(after.deviation / scale, 2))
    let noise = exp(process.parameters.noise) + 1e-6
    #expect(abs(after.mean - before.mean) < 1e-6)
    #expect(abs(new - (old - old * old / (old + noise))) < 1e-8)
  }

  @Test func equalTargetsAndASinglePointAreNoTrap() throws {
    let flat = try process(points, isCategory: [false, false]) { _ in 3 }
    #expect(abs(flat.posterior(at: [[0.5, 0.5]])[0].mean - 3) < 1e-9)
    let single = try process([[0.5, 0.5]], isCategory: [false, false]) { _ in 3 }
    #expect(single.posterior(at: [[0.5, 0.5], [1, 1]]).allSatisfy { $0.mean.isFinite })
  }
}

@Suite struct CovarianceMatrixAdaptationTests {
  private func minimized(
    _ function: ([Double]) -> Double, from start: [Double], generations: Int, seed: UInt64
  ) -> CovarianceMatrixAdaptation {
    var distribution = CovarianceMatrixAdaptation(mean: start, stepSize: 0.3)
    let population = CovarianceMatrixAdaptation.populationSize(start.count)
    var stream = RandomStreams(seed: seed)["draws"]
    for _ in 0..<generations {
      let draws = (0..<population).map { _ in distribution.draw(from: &stream) }
      distribution.update(ranked: draws.sorted { function($0.point) < function($1.point) })
    }
    return distribution
  }

  @Test func convergesLogLinearlyOnTheSphere() {
    let result = minimized(
      { $0.reduce(0) { $0 + $1 * $1 } }, from: [1, 1, 1, 1, 1], generations: 250, seed: 2)
    #expect(result.mean.allSatisfy { abs($0) < 1e-6 })
  }

  @Test func learnsTheShapeOfAnIllConditionedEllipsoid() {
    let scales = [1.0, 1e3, 1e6]
    let result = minimized(
      { x in
        // Turned by 45° in the plane of the first and the last coordinate.
        let turned = [(x[0] + x[2]) / 2.0.squareRoot(), x[1], (x[0] - x[2]) / 2.0.squareRoot()]
        return zip(scales, turned).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      }, from: [1, 1, 1], generations: 300, seed: 4)
    #expect(result.mean.allSatisfy { abs($0) < 1e-5 })
  }

  @Test func isExhaustedWhenItHasShrunk() {
    let fresh = CovarianceMatrixAdaptation(mean: [0.5, 0.5], stepSize: 0.3)
    #expect(!fresh.isExhausted(below: 1e-3))
    let done = minimized(
      { $0.reduce(0) { $0 + $1 * $1 } }, from: [0.5, 0.5], generations: 100, seed: 1)
    #expect(done.isExhausted(below: 1e-3))
  }
}
