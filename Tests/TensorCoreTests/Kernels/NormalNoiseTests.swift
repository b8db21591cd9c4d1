import Foundation
import TensorCore
import TestKit
import Testing

/// The distribution of the noise, with a fixed seed: these tests pass or fail for good.
@Suite struct NormalNoiseTests {
  private static let count = 1 << 20

  private func noise(at level: KernelLevel, purpose: String = "noise") -> [Double] {
    let zeros = Variable(Tensor(zeros: [Self.count]))
    let stream = RandomStreams(seed: 11)[purpose]
    return level.run {
      zeros.addingNoise(deviation: 1, using: stream).value.values.map(Double.init)
    }
  }

  private func probability(below z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  /// Five standard errors are allowed for every moment.
  @Test(arguments: KernelLevel.available)
  func momentsAreThoseOfTheNormalDistribution(level: KernelLevel) {
    let z = noise(at: level)
    let n = Double(Self.count)
    expectClose(z.reduce(0, +) / n, 0, absolute: 5 / n.squareRoot())
    expectClose(z.reduce(0) { $0 + $1 * $1 } / n, 1, absolute: 5 * (2 / n).squareRoot())
    expectClose(z.reduce(0) { $0 + $1 * $1 * $1 } / n, 0, absolute: 5 * (15 / n).squareRoot())
    expectClose(z.reduce(0) { $0 + pow($1, 4) } / n, 3, absolute: 5 * (96 / n).squareRoot())
  }

  /// Kolmogorov-Smirnov: above 1.95 / sqrt(n) the hypothesis falls at level 0.001.
  @Test(arguments: KernelLevel.available)
  func distributionFunctionIsNormal(level: KernelLevel) {
    let z = noise(at: level).sorted()
    let n = Double(z.count)
    let distance = z.enumerated().reduce(0.0) { greatest, pair in
      let expected = probability(below: pair.element)
      return max(
        greatest, abs(expected - Double(pair.offset) / n),
        abs(expected - Double(pair.offset + 1) / n))
    }
    #expect(distance < 1.95 / n.squareRoot())
  }

  @Test(arguments: [2.0, 3.0, 4.0], KernelLevel.available)
  func tailsHaveTheirWeight(threshold: Double, level: KernelLevel) {
    let z = noise(at: level)
    let share = probability(below: -threshold)
    let expected = share * Double(Self.count)
    for count in [z.count { $0 > threshold }, z.count { $0 < -threshold }] {
      expectClose(Double(count), expected, absolute: 5 * expected.squareRoot())
    }
    #expect(z.allSatisfy { abs($0) < 5.9 })
  }

  @Test func neighborsAreNotCorrelated() {
    let z = noise(at: .portable)
    let other = noise(at: .portable, purpose: "noise/2")
    let n = Double(z.count)
    for lag in [1, 2, 16] {
      let product = zip(z, z.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 } / n
      expectClose(product, 0, absolute: 5 / n.squareRoot(), "lag \(lag)")
    }
    let product = zip(z, other).reduce(0) { $0 + $1.0 * $1.1 } / n
    expectClose(product, 0, absolute: 5 / n.squareRoot(), "streams")
  }

  @Test(arguments: KernelLevel.available)
  func levelsAgreeToRounding(level: KernelLevel) {
    expectClose(noise(at: level), noise(at: .portable), relative: 1e-5, absolute: 1e-6)
  }
}
