import Foundation
import TensorCore
import TestKit
import Testing

// Internal: SobolSequence.
@testable import Experiments

@Suite struct SobolSequenceTests {
  private struct Fixture: Decodable {
    struct Point: Decodable {
      let index: Int
      let digits: [Double]
    }
    let points: [Point]
  }

  @Test func agreesWithSciPyInEveryDimension() throws {
    let fixture = try FixtureFolder.decode(Fixture.self, from: "search/sobol.json")
    let sequence = SobolSequence(
      dimensionCount: SobolSequence.dimensionLimit, scrambledBy: [])
    #expect(fixture.points.count == 9)
    for point in fixture.points {
      #expect(sequence.point(point.index) == point.digits.map { $0 * 0x1p-32 }, "\(point.index)")
    }
  }

  private func scrambled(_ count: Int, seed: UInt64 = 3) -> SobolSequence {
    SobolSequence(
      dimensionCount: count,
      scrambledBy: (0..<count).map { RandomStreams(seed: seed)["\($0)"] })
  }

  @Test func scramblingKeepsOnePointInEveryPartOfEveryDimension() {
    let sequence = scrambled(SobolSequence.dimensionLimit)
    let points = (0..<64).map(sequence.point)
    for dimension in 0..<SobolSequence.dimensionLimit {
      #expect(Set(points.map { Int($0[dimension] * 64) }).count == 64, "\(dimension)")
    }
  }

  @Test func scramblingKeepsOnePointInEveryCellOfTheFirstTwoDimensions() {
    let sequence = scrambled(2)
    let points = (0..<64).map(sequence.point)
    for (columns, rows) in [(1, 64), (2, 32), (4, 16), (8, 8), (16, 4), (32, 2), (64, 1)] {
      let cells = points.map { Int($0[0] * Double(columns)) * rows + Int($0[1] * Double(rows)) }
      #expect(Set(cells).count == 64, "\(columns) × \(rows)")
    }
  }

  @Test func aScrambledPointIsUniformOverSeeds() {
    let places = (0..<4000).map { scrambled(1, seed: $0).point(0)[0] }
    for part in 0..<8 {
      let share = places.count { Int($0 * 8) == part }
      #expect(abs(Double(share) - 500) < 4 * (4000.0 / 8 * 7 / 8).squareRoot(), "part \(part)")
    }
  }

  @Test func integratesASmoothFunctionFarBetterThanIndependentDraws() {
    let exact = 1.0
    func error(_ points: [[Double]]) -> Double {
      let sum = points.reduce(0) { $0 + $1.reduce(1) { $0 * (1 + 0.8 * ($1 - 0.5)) } }
      return abs(sum / Double(points.count) - exact)
    }
    var stream = RandomStreams(seed: 5)["draws"]
    let (even, drawn) = (0..<20).reduce(into: (0.0, 0.0)) { sums, seed in
      let sequence = scrambled(6, seed: UInt64(seed))
      sums.0 += error((0..<256).map(sequence.point))
      sums.1 += error((0..<256).map { _ in (0..<6).map { _ in stream.uniform() } })
    }
    #expect(even < drawn / 5, "\(even) \(drawn)")
  }
}
