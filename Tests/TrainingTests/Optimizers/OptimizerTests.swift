import Configuration
import TensorCore
import TestKit
import Testing

// Internal: state.
@testable import Training

@Suite struct OptimizerTests {
  /// Ids of runs are digests of these, and checkpoints have these names.
  @Test func configurationsAndNamesOfStateAreWhatTheyWere() throws {
    #expect(
      UpdateOptions().configuration == [
        "optimizer": .string("adam"), "learningRate": .number(0.001), "momentum": .number(0.9),
        "beta1": .number(0.9), "beta2": .number(0.999), "epsilon": .number(1e-8),
        "weightDecay": .number(0), "embeddingWeightDecay": .number(0),
        "embeddingUpdates": .string("lazy"),
      ])
    for (id, names) in [
      ("adam", ["m", "v"]), ("adamw", ["m", "v"]), ("sgd", ["velocity"]), ("adagrad", ["sum"]),
    ] {
      let options = ["optimizer": ConfigurationValue.string(id)]
      #expect(try TrainingOptions(overriding: options).configuration["optimizer"] == .string(id))
      let state = try OptimizerBench(options, weights: [0]).optimizer.state
      #expect(state.map(\.name) == names.map { "\(id)/\($0)/weights" })
    }
  }

  @Test func matchesPyTorch() throws {
    let fixture = try trainingFixture("optimizers.json")
    let start = try #require(fixture["start"]).floats
    let gradients = try #require(fixture["gradients"]).elements.map(\.floats)
    let cases = try #require(fixture["cases"]).elements
    #expect(cases.count == 7)
    for entry in cases {
      guard case .object(var options)? = entry["options"] else { throw Diagnostic("no options") }
      options["optimizer"] = entry["optimizer"]
      let bench = try OptimizerBench(options, weights: start)
      for (gradient, expected) in zip(gradients, try #require(entry["weights"]).elements) {
        try bench.step(.dense(Tensor(gradient, shape: [start.count])))
        for (a, b) in zip(bench.weights, expected.floats) {
          #expect(abs(a - b) < 4e-7, "\(options) after step \(bench.optimizer.step)")
        }
      }
    }
  }

  @Test(arguments: [(0.9, 0.999), (0.9, 0.999999), (0.9999, 0.999999), (0, 0), (0.5, 0.01)])
  func adamIsThatOfDoublePrecisionWhateverTheDecayOfItsMoments(beta1: Double, beta2: Double) throws
  {
    let options: [String: ConfigurationValue] = [
      "beta1": .number(beta1), "beta2": .number(beta2), "learningRate": .number(1),
    ]
    let count = 64
    let bench = try OptimizerBench(options, weights: Array(repeating: 0, count: count))
    var naive = try NaiveOptimizer(
      try TrainingOptions(overriding: options), weights: Array(repeating: 0, count: count))
    for step in 1...200 {
      let (before, naiveBefore) = (bench.weights, naive.weights)
      let gradient = randomValues(count, seed: UInt64(step))
      try bench.step(.dense(Tensor(gradient, shape: [count])))
      naive.apply(gradient)
      // Steps are compared, not weights, whose own rounding is far greater.
      for i in 0..<count where step == 1 || abs(before[i]) < 8 {
        let found = Double(bench.weights[i]) - Double(before[i])
        let expected = naive.weights[i] - naiveBefore[i]
        #expect(abs(found - expected) < 4e-6 * max(0.3, abs(expected)), "step \(step)")
      }
    }
    for (index, (found, expected)) in zip(bench.state, naive.state).enumerated() {
      let magnitude = index < count ? max(0.1, abs(expected)) : expected
      #expect(abs(Double(found) - expected) <= 2e-6 * magnitude)
    }
  }

  @Test(arguments: [1, 3])
  func denseExactTablesOfManyBlocksEqualTheDenseOptimizerBitForBit(threadCount: Int) throws {
    Parallelism.use(threadCount: threadCount)
    defer { Parallelism.use(threadCount: 1) }
    let options: [String: ConfigurationValue] = [
      "embeddingUpdates": .string("denseExact"), "weightDecay": .number(0.01),
      "embeddingWeightDecay": .number(0.01), "maximumGradientNorm": .number(3),
    ]
    let (rowCount, columns) = (5000, 9)
    let start = randomValues(rowCount * columns, seed: 3)
    let table = try OptimizerBench(
      options, weights: start, shape: [rowCount, columns], isTable: true)
    let dense = try OptimizerBench(options, weights: start, shape: [rowCount, columns])
    for step in 0..<4 {
      var stream = RandomStreams(seed: UInt64(step))["rows"]
      let indices = (0..<Int32(rowCount)).filter { _ in stream.uniform() < 0.05 }
      let rows = RowGradient(
        indices: indices,
        values: Tensor(
          randomValues(indices.count * columns, seed: 40 + UInt64(step)),
          shape: [indices.count, columns]))
      try table.step(.rows(rows))
      try dense.step(.dense(rows.densified(rowCount: rowCount)))
    }
    let sameWeights = table.weights.map(\.bitPattern) == dense.weights.map(\.bitPattern)
    let sameState = table.state.map(\.bitPattern) == dense.state.map(\.bitPattern)
    #expect(sameWeights && sameState)
  }

  @Test func lazyBiasCorrectionCountsTheStepsOfTheRun() throws {
    let bench = try OptimizerBench(
      ["learningRate": .number(0.1)], weights: [1, 1], shape: [2, 1], isTable: true)
    for row in [Int32(0), 0, 1] {
      try bench.step(
        .rows(RowGradient(indices: [row], values: Tensor([0.5], shape: [1, 1]))))
    }
    let (m, v) = (0.1 * 0.5, 0.001 * 0.25)
    let (mHat, vHat) = (m / (1 - 0.729), v / (1 - 0.997002999))
    let expected = 1 - 0.1 * mHat / (vHat.squareRoot() + 1e-8)
    #expect(abs(Double(bench.weights[1]) - expected) < 1e-6)
  }

  @Test(arguments: ["sgd", "adagrad"])
  func lazyAndDenseExactAgreeWhereNothingDecays(kind: String) throws {
    let results = try ["lazy", "denseExact"].map { updates in
      let bench = try OptimizerBench(
        [
          "optimizer": .string(kind), "embeddingUpdates": .string(updates),
          "momentum": .number(0),
        ], weights: randomValues(350, seed: 3), shape: [50, 7], isTable: true)
      for step in 0..<6 { try bench.step(.rows(randomRows(step: step))) }
      return bench.weights.map(\.bitPattern)
    }
    let isSame = results[0] == results[1]
    #expect(isSame)
  }

  @Test func decaysOnlyWhatSaysSoAndTablesByTheirOwnRate() throws {
    let options: [String: ConfigurationValue] = [
      "optimizer": .string("sgd"), "momentum": .number(0), "learningRate": .number(0.5),
      "weightDecay": .number(0.1), "embeddingWeightDecay": .number(0.2),
      "embeddingUpdates": .string("denseExact"),
    ]
    for (decays, isTable, expected) in [
      (true, false, Float(0.95)), (true, true, 0.9), (false, false, 1), (false, true, 1),
    ] {
      let bench = try OptimizerBench(
        options, weights: [1, 1], shape: [2, 1], decays: decays, isTable: isTable)
      try bench.step(.none)
      #expect(bench.weights == [expected, expected])
    }
  }

  @Test func aMissingGradientIsAGradientOfZeros() throws {
    let benches = try (0..<2).map { _ in try OptimizerBench([:], weights: [1, 2, 3]) }
    for bench in benches { try bench.step(.dense(Tensor([1, -1, 2], shape: [3]))) }
    try benches[0].step(.none)
    try benches[1].step(.dense(Tensor(zeros: [3])))
    #expect(benches[0].weights == benches[1].weights)
  }

  @Test func clipsTheNormOfAllGradientsTogether() throws {
    let options: [String: ConfigurationValue] = [
      "optimizer": .string("sgd"), "momentum": .number(0), "learningRate": .number(1),
      "maximumGradientNorm": .number(1),
    ]
    let bench = try OptimizerBench(options, weights: [0, 0])
    try bench.step(.dense(Tensor([3, 4], shape: [2])))
    #expect(abs(bench.weights[0] + 0.6) < 1e-6 && abs(bench.weights[1] + 0.8) < 1e-6)
    try bench.step(.dense(Tensor([0.3, 0.4], shape: [2])))
    #expect(abs(bench.weights[0] + 0.9) < 1e-6, "a short gradient is not lengthened")
  }

  @Test func clippingNamesTheParameterWhoseGradientIsNotFinite() throws {
    let bench = try OptimizerBench(["maximumGradientNorm": .number(1)], weights: [0])
    let text = sentence { try bench.step(.dense(Tensor([.infinity], shape: [1]))) }
    #expect(text == "the gradient of parameter 'weights' is not finite")
    #expect(bench.weights == [0])
  }

  private func randomRows(step: Int) -> RowGradient {
    let indices = (0..<50).filter { ($0 * 7 + step * 3) % 5 < 2 }.map(Int32.init)
    return RowGradient(
      indices: indices,
      values: Tensor(
        randomValues(indices.count * 7, seed: 100 + UInt64(step)), shape: [indices.count, 7]))
  }
}
