import TensorCore
import TestKit
import Testing

@Suite struct InitializerTests {
  private func draw(_ initializer: Initializer, _ shape: [Int], name: String = "draw") -> [Double] {
    var stream = RandomStreams(seed: 3)[name]
    return initializer.tensor(shape: shape, using: &stream).values.map(Double.init)
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func variance(_ values: [Double]) -> Double { mean(values.map { $0 * $0 }) }

  @Test func constantsAreConstant() {
    #expect(draw(.zeros, [2, 2]) == [0, 0, 0, 0])
    #expect(draw(.ones, [2]) == [1, 1])
    #expect(draw(.constant(-2.5), []) == [-2.5])
  }

  /// Bounds are rounded to `Float`, and so are the drawn numbers.
  @Test(arguments: [
    (Initializer.uniform(bound: 0.3), 0.3), (.xavierUniform, (6.0 / 700).squareRoot()),
    (.heUniform, (6.0 / 300).squareRoot()),
  ])
  func uniformWeightsKeepTheirBoundAndVariance(initializer: Initializer, bound: Double) {
    let values = draw(initializer, [300, 400])
    let greatest = values.map(abs).max() ?? 0
    #expect(greatest <= bound * (1 + 1e-6) && greatest > 0.999 * bound)
    let n = Double(values.count)
    expectClose(mean(values), 0, absolute: 5 * bound / (3 * n).squareRoot())
    expectClose(variance(values), bound * bound / 3, relative: 0.01)
  }

  @Test(arguments: [
    (Initializer.normal(deviation: 0.02), 0.02), (.xavierNormal, (2.0 / 700).squareRoot()),
  ])
  func normalWeightsHaveTheirDeviation(initializer: Initializer, deviation: Double) {
    let values = draw(initializer, [300, 400])
    let n = Double(values.count)
    expectClose(mean(values), 0, absolute: 5 * deviation / n.squareRoot())
    expectClose(variance(values), deviation * deviation, relative: 0.02)
    #expect(values.contains { abs($0) > 3 * deviation })
  }

  @Test(arguments: [Initializer.normal(deviation: 0.3), .uniform(bound: 0.3)], [1, 3])
  func elementsAreDrawnInOrderOnAnyNumberOfThreads(initializer: Initializer, threadCount: Int) {
    Parallelism.use(threadCount: threadCount)
    defer { Parallelism.use(threadCount: 1) }
    var (stream, expected) = (RandomStreams(seed: 3)["draw"], RandomStreams(seed: 3)["draw"])
    let values = initializer.tensor(shape: [40_001], using: &stream).values
    let isSame = values.allSatisfy { value in
      switch initializer {
      case .normal(let deviation): value == Float(expected.normal() * Double(deviation))
      default: value == Float((2 * expected.uniform() - 1) * Double(Float(0.3)))
      }
    }
    #expect(isSame)
    #expect(stream.next() == expected.next())
  }

  @Test func fansOfHigherRanksCountAllButTheLastDimension() {
    #expect(draw(.xavierUniform, [10, 20, 30]) == draw(.xavierUniform, [200, 30]))
    #expect(draw(.heUniform, [10, 20, 30]) == draw(.heUniform, [200, 30]))
  }

  @Test(arguments: [[40, 7], [7, 40], [16, 16], [1, 9], [9, 1], [1, 1]], [Float(1), 1.7])
  func orthogonalWeightsAreOrthogonal(shape: [Int], gain: Float) {
    let (rows, columns) = (shape[0], shape[1])
    let q = draw(.orthogonal(gain: gain), shape)
    let narrow = min(rows, columns)
    func product(_ i: Int, _ j: Int) -> Double {
      rows >= columns
        ? (0..<rows).reduce(0) { $0 + q[$1 * columns + i] * q[$1 * columns + j] }
        : (0..<columns).reduce(0) { $0 + q[i * columns + $1] * q[j * columns + $1] }
    }
    for i in 0..<narrow {
      for j in 0...i {
        expectClose(product(i, j), i == j ? Double(gain * gain) : 0, absolute: 1e-5)
      }
    }
  }

  /// That makes Q unique, whatever signs LAPACK prefers.
  @Test(arguments: [[9, 5], [5, 9], [6, 6]])
  func orthogonalWeightsAreTheFactorOfANormalMatrixWhoseRHasAPositiveDiagonal(shape: [Int]) {
    let (rows, columns) = (shape[0], shape[1])
    let (tall, narrow) = (max(rows, columns), min(rows, columns))
    let weights = draw(.orthogonal(gain: 2), shape)
    func q(_ i: Int, _ j: Int) -> Double {
      (rows >= columns ? weights[i * columns + j] : weights[j * columns + i]) / 2
    }
    let a = draw(.normal(deviation: 1), [tall, narrow])
    for i in 0..<narrow {
      for j in 0..<narrow {
        let r = (0..<tall).reduce(0) { $0 + q($1, i) * a[$1 * narrow + j] }
        #expect(i > j ? abs(r) < 1e-5 : i < j || r > 1e-5, "R[\(i), \(j)] = \(r)")
      }
    }
  }

  @Test func orthogonalWeightsHaveTheSameBitsOnAnyNumberOfThreads() {
    defer { Parallelism.use(threadCount: 1) }
    let drawn = [1, 3, 1].map { threads in
      Parallelism.use(threadCount: threads)
      return draw(.orthogonal(gain: 1), [300, 200])
    }
    #expect(drawn[0] == drawn[1] && drawn[0] == drawn[2])
  }

  /// With signs fixed, the first element of a uniformly distributed Q has mean zero.
  @Test func orthogonalWeightsHaveNoPreferredSign() {
    let first = (0..<400).map { draw(.orthogonal(gain: 1), [4, 4], name: "draw/\($0)")[0] }
    expectClose(mean(first), 0, absolute: 5 * 0.5 / 20)
    expectClose(variance(first), 0.25, relative: 0.2)
  }

  @Test(arguments: [
    Initializer.xavierUniform, .xavierNormal, .heUniform, .uniform(bound: 1),
    .normal(deviation: 1), .orthogonal(gain: 1),
  ])
  func emptyShapesAreAllowed(initializer: Initializer) {
    #expect(draw(initializer, [0, 3]).isEmpty)
    #expect(draw(initializer, [3, 0]).isEmpty)
  }
}
