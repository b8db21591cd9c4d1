import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: NoisyTopKSelection, SharedFirstSelection, ExpertLoad.
@testable import AESM2

@Suite("Balance losses of AESM²'s experts")
struct BalanceLossTests {
  private static let n = 6

  /// Gates whose row r prefers the experts r, r + 1, … in turn, so that all experts get equal shares over n rows.
  private func gates(_ preference: (Int) -> Int, tape: Tape? = nil) -> GateOutputs {
    let n = Self.n
    let logits = (0..<n).flatMap { row in
      (0..<n).map { k in Float(n - (k - preference(row) + n) % n) / 3 }
    }
    return GateOutputs(
      input: Variable(Tensor(repeating: 1, shape: [n, 1])),
      logits: Variable(Tensor(logits, shape: [n, 1, n])),
      own: [Int32](repeating: 0, count: n), ids: [])
  }

  private func topK(_ count: Int) -> NoisyTopKSelection {
    var settings = AESM2Hyperparameters()
    settings.noise = 0
    return NoisyTopKSelection(
      settings, selecting: count, inputSize: 1, gateSize: Self.n,
      scope: ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1)))
  }

  private func loss(_ selector: some ExpertSelector, _ gates: GateOutputs) throws -> Double {
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let load = try #require(selector.choice(for: gates, pooled: nil, in: context).load)
    return Double(selector.balanceLoss(of: load).value.scalar)
  }

  @Test(arguments: [1, 2, 5, 6])
  func topKHasNoLossIfLoadsAreEqual(count: Int) throws {
    expectClose(try loss(topK(count), gates { $0 }), 0, absolute: 1e-6)
  }

  /// All rows select expert 0.
  ///
  /// The importance (n, 0, …, 0) has the variation n - 1. P is Φ of a distance in thirds over σ = log 2 + 0.01, positive
  /// for expert 0 alone.
  @Test func topKHasTheVariationOfImportanceAndLoad() throws {
    let n = Self.n
    let deviation = 2.0.naturalLogarithm + 0.01
    let logits = (0..<n).map { Double(n - $0) / 3 }
    let load = (0..<n).map { k in
      let threshold = k == 0 ? logits[1] : logits[0]
      return ((logits[k] - threshold) / deviation).normalProbability
    }
    let mean = load.reduce(0, +) / Double(n)
    let variance = load.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    let expected = Double(n - 1) + variance / (mean * mean)
    expectClose(try loss(topK(1), gates { _ in 0 }), expected, relative: 1e-5)
  }

  /// With V = 0, the noise of a logit has the deviation ν σ, σ = log 2 + 0.01, so that the difference of two logits, which
  /// is that of the logarithms of their weights, has the deviation ν σ √2 about the difference without noise.
  @Test func noiseOfTopKHasTheDeclaredDeviation() throws {
    let (rowCount, n) = (4000, Self.n)
    var settings = AESM2Hyperparameters()
    settings.noise = 0.5
    let selector = NoisyTopKSelection(
      settings, selecting: n, inputSize: 1, gateSize: n,
      scope: ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1)))
    let logits = (0..<rowCount).flatMap { _ in (0..<n).map { Float($0) / 3 } }
    let gates = GateOutputs(
      input: Variable(Tensor(repeating: 1, shape: [rowCount, 1])),
      logits: Variable(Tensor(logits, shape: [rowCount, 1, n])),
      own: [Int32](repeating: 0, count: rowCount), ids: [])
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let choice = selector.choice(for: gates, pooled: nil, in: context)
    #expect(choice.selected.allSatisfy { $0 != 0 })
    let weights = choice.weights.value.values
    let squares = (0..<rowCount).map { row -> Double in
      let (first, second) = (Double(weights[row * n]), Double(weights[row * n + 1]))
      let noise = first.naturalLogarithm - second.naturalLogarithm + 1.0 / 3
      return noise * noise
    }
    let deviation = (squares.reduce(0, +) / Double(rowCount)).squareRoot()
    let expected = 0.5 * (2.0.naturalLogarithm + 0.01) * 2.0.squareRoot()
    expectClose(deviation, expected, relative: 0.05)
  }

  @Test func sharedFirstHasTheLossOneIfLoadsAreEqualAndMoreIfNot() throws {
    let selector = SharedFirstSelection(specificCount: 1, sharedCount: 2, passesAreTasks: false)
    expectClose(try loss(selector, gates { $0 }), 1, absolute: 1e-6)
    let shares = NaiveNetwork.softmax((0..<Self.n).map { Double(Self.n - $0) / 3 })
    expectClose(
      try loss(selector, gates { _ in 0 }), 2 * (shares[0] + shares[1] + shares[2]), relative: 1e-5)
  }

  @Test(arguments: ["shared-first", "top-k", "prompt-top-k"])
  func everyLayerHasOneLossForAllItsTasks(rule: String) throws {
    let tiny = TinyProblem.twoLevels
    let built = try catalog.entry("aesm2").buildSmall(
      ["selection": .string(rule), "balanceLossWeight": .number(0.25)], for: tiny.problem, seed: 1)
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let losses = built(tiny.training.first(20).batch, in: context).auxiliaryLosses
    #expect(
      losses.map(\.name) == ["scenario/0/0/balance", "scenario/1/0/balance", "task/0/balance"])
    #expect(losses.allSatisfy { $0.weight == 0.25 && $0.value.value.scalar > 0 })
    #expect(built(tiny.training.first(20).batch, in: .evaluation()).auxiliaryLosses.isEmpty)
  }

  @Test(arguments: ["random", "hash", "dense"])
  func fixedAndDenseSelectionsHaveNoLosses(rule: String) throws {
    let tiny = TinyProblem.twoLevels
    let built = try catalog.entry("aesm2").buildSmall(
      ["selection": .string(rule)], for: tiny.problem, seed: 1)
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    #expect(built(tiny.training.first(20).batch, in: context).auxiliaryLosses.isEmpty)
  }

  /// Steps along the gradient of the balance losses alone.
  @Test(arguments: ["shared-first", "top-k", "prompt-top-k"])
  func descentSpreadsRowsOverExperts(rule: String) throws {
    let tiny = TinyProblem.oneLevel
    let built = try catalog.entry("aesm2").buildSmall(
      ["selection": .string(rule), "noise": .number(0)], for: tiny.problem, seed: 1)
    built.shake(deviation: 1)
    let rows = tiny.training.first(120)
    func balance() -> (loss: Float, worst: Double) {
      let (tape, observer) = (Tape(), Observer())
      let context = ForwardContext.training(
        tape: tape, streams: RandomStreams(seed: 1), step: 0, observer: observer)
      let losses = built(rows.batch, in: context).auxiliaryLosses
      let sum = losses.dropFirst().reduce(losses[0].value) { $0 + $1.value }
      built.store.clearGradients()
      tape.backward(from: sum)
      let weights = observer.observations[0].value
      let counts = (0..<weights.columnCount).map { k in
        stride(from: k, to: weights.count, by: weights.columnCount)
          .count { weights.values[$0] > 0 }
      }
      return (sum.value.scalar, Double(counts.max() ?? 0) / Double(weights.rowCount))
    }
    let before = balance()
    #expect(
      built.store.parameters.allSatisfy { !$0.name.contains("towers") || $0.hasZeroGradient })
    for _ in 0..<100 {
      built.descend(rate: 0.1)
      _ = balance()
    }
    let after = balance()
    #expect(after.loss < before.loss)
    #expect(after.worst < before.worst, "\(before) \(after)")
  }
}
