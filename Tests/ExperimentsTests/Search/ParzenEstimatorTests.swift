import Configuration
import ExperimentsTestKit
import Foundation
import TensorCore
import Testing

// Internal: ParzenEstimator, SearchDimension.
@testable import Experiments

@Suite struct ParzenEstimatorTests {
  /// A number, a whole number from 1 to 5, and a category of three.
  private let dimensions: [SearchDimension] = {
    let schema = SettingsSchema(trainer: Settings.self)
    let defaults = Settings().configuration
    return Settings.settings.compactMap { setting in
      setting.search.map {
        SearchDimension(
          owner: .model, name: setting.name, SearchedSetting($0), default: defaults[setting.name],
          schema: schema)
      }
    }
  }()

  private struct Settings: HyperparameterSet {
    @Setting("A number.", in: 0...1, search: .uniform(0...1))
    var number = 0.5
    @Setting("A count.", in: 1...5, search: .logUniform(1...5))
    var count = 2
    @Setting("A name.", search: .choice(["a", "b", "c"]))
    var name = "a"
  }

  private let points: [[Double?]] = [
    [0.1, 0.2, 0.5], [0.12, 0.2, 0.5], [0.9, nil, 0.16], [0.5, 0.9, nil],
  ]

  @Test func isADensity() {
    let estimator = ParzenEstimator(points, in: dimensions)
    // The mean over the cube, by a scrambled Sobol sequence.
    let streams = RandomStreams(seed: 1)
    let sequence = SobolSequence(
      dimensionCount: 3, scrambledBy: (0..<3).map { streams["\($0)"] })
    let values = (0..<8192).map { exp(estimator.logDensity(at: sequence.point($0))) }
    #expect(abs(values.reduce(0, +) / 8192 - 1) < 0.01)
  }

  @Test func withoutPointsItIsThePrior() {
    let estimator = ParzenEstimator([], in: dimensions)
    #expect(abs(estimator.logDensity(at: [0.3, 0.4, 0.5])) < 1e-12)
    #expect(abs(estimator.logDensity(at: [nil, nil, nil])) < 1e-12)
  }

  @Test func pointsAreDrawnAsTheDensitySays() {
    let estimator = ParzenEstimator(points, in: dimensions)
    var stream = RandomStreams(seed: 2)["draws"]
    let drawn = (0..<20_000).map { _ in estimator.draw(from: &stream) }
    #expect(drawn.allSatisfy { $0.allSatisfy((0...1).contains) })
    // The share of draws in a box against the mean density of uniform draws that fall in it.
    func isInside(_ x: [Double]) -> Bool {
      x[0] < 0.25 && x[1] < 0.5 && x[2] > 0.34 && x[2] < 0.66
    }
    let share = Double(drawn.filter(isInside).count) / 20_000
    var mass = 0.0
    for _ in 0..<20_000 {
      let x = [stream.uniform(), stream.uniform(), stream.uniform()]
      if isInside(x) { mass += exp(estimator.logDensity(at: x)) / 20_000 }
    }
    #expect(abs(share - mass) < 0.03, "\(share) \(mass)")
    #expect(share > 0.15)
  }

  @Test func aPointThatLacksADimensionSaysNothingAboutIt() {
    let estimator = ParzenEstimator([[0.5, nil, 0.5]], in: dimensions)
    let (low, high) = ([0.5, 0.1, 0.5], [0.5, 0.9, 0.5])
    #expect(estimator.logDensity(at: low) == estimator.logDensity(at: high))
    #expect(estimator.logDensity(at: low) == estimator.logDensity(at: [0.5, nil, 0.5]))
  }
}
