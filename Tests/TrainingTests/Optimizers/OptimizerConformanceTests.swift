import Configuration
import TensorCore
import TestKit
import Testing
import Training

/// What every optimizer of the catalog must do, and every one that is added to it; ``ResumeTests`` and
/// ``TrainingSessionTests`` run over the catalog too.
@Suite("Conformance of optimizers") struct OptimizerConformanceTests {
  /// Every optimizer as it is by default, and those with settings of their own with all of them in the
  /// middle of their bounds.
  static let choices = optimizerCatalog.flatMap { rule -> [ConfigurationValue] in
    let settings = rule.settings.compactMap { setting -> (String, ConfigurationValue)? in
      guard case .number(let bounds?) = setting.domain else { return nil }
      return (setting.name, .number((bounds.lowerBound + bounds.upperBound) / 2))
    }
    let id = ConfigurationValue.string(rule.card.id)
    return settings.isEmpty
      ? [id] : [id, .object(Dictionary(uniqueKeysWithValues: settings + [("id", id)]))]
  }

  @Test func idsAreUniqueAndPapersNamed() {
    #expect(Set(optimizerIDs).count == optimizerIDs.count)
    #expect(optimizerCatalog.allSatisfy { !$0.card.title.isEmpty && !$0.card.paper.isEmpty })
  }

  @Test(arguments: optimizerIDs)
  func anOptimizerIsReadBackFromItsConfiguration(id: String) throws {
    let choice = try #require(OptimizerChoice(configuration: .string(id)))
    #expect(choice.configuration == .string(id))
    let settings = try #require(optimizerCatalog.first { $0.card.id == id }).settings
    let full = OptimizerChoice(
      configuration: .object(
        Dictionary(
          uniqueKeysWithValues: settings.map { ($0.name, $0.defaultValue) } + [("id", .string(id))])
      ))
    #expect(full == choice, "defaults that are written out are the same optimizer")
  }

  @Test(arguments: choices)
  func weightsAndStateAreThoseOfTheNaiveTwinOverManyBlocks(choice: ConfigurationValue) throws {
    let options: [String: ConfigurationValue] = [
      "optimizer": choice, "learningRate": .number(0.02), "weightDecay": .number(0.03),
    ]
    let start = randomValues(40_001, seed: 1)
    let bench = try OptimizerBench(options, weights: start)
    var naive = try NaiveOptimizer(try TrainingOptions(overriding: options), weights: start)
    for step in 0..<8 {
      let gradient = randomValues(start.count, seed: 10 + UInt64(step))
      try bench.step(gradient)
      naive.apply(gradient)
    }
    func worst(_ found: [Float], _ expected: [Double]) -> Double {
      zip(found, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
    }
    #expect(bench.state.count == naive.state.count)
    #expect(worst(bench.weights, naive.weights) < 5e-6)
    #expect(worst(bench.state, naive.state) < 5e-6)
  }

  @Test(arguments: choices)
  func aZeroGradientLeavesWeightsThatHaveNoHistory(choice: ConfigurationValue) throws {
    let start = randomValues(100, seed: 1)
    let bench = try OptimizerBench(["optimizer": choice], weights: start)
    try bench.step(start.map { _ in 0 })
    #expect(bench.weights == start)
    #expect(bench.state.allSatisfy { $0 == 0 })
  }

  @Test(arguments: choices)
  func theNumberOfThreadsDoesNotMatter(choice: ConfigurationValue) throws {
    defer { Parallelism.use(threadCount: 1) }
    let results = try [1, 3].map { threads in
      Parallelism.use(threadCount: threads)
      let bench = try OptimizerBench(
        ["optimizer": choice], weights: randomValues(60_000, seed: 1))
      for step in 0..<3 { try bench.step(randomValues(60_000, seed: UInt64(step))) }
      return bench.weights.map(\.bitPattern)
    }
    let isSame = results[0] == results[1]
    #expect(isSame)
  }

  /// The squares of these gradients are still finite in 32 bits, or zero.
  @Test(arguments: choices)
  func weightsAndStateStayFiniteAtExtremeGradients(choice: ConfigurationValue) throws {
    let extremes: [Float] = [1e18, -1e18, 1, 1e-20, -1e-38, .leastNonzeroMagnitude, 0]
    let bench = try OptimizerBench(
      ["optimizer": choice], weights: extremes.map { _ in 0.5 })
    for step in 0..<30 {
      try bench.step(extremes.indices.map { extremes[($0 + step / 5) % extremes.count] })
      #expect(bench.weights.allSatisfy(\.isFinite) && bench.state.allSatisfy(\.isFinite))
    }
  }

  // MARK: Embedding tables

  @Test(arguments: choices)
  func denseExactTablesEqualTheDenseOptimizerBitForBit(choice: ConfigurationValue) throws {
    let options: [String: ConfigurationValue] = [
      "optimizer": choice, "embeddingUpdates": .string("denseExact"),
      "weightDecay": .number(0.01), "embeddingWeightDecay": .number(0.01),
      "maximumGradientNorm": .number(3),
    ]
    let start = randomValues(50 * 7, seed: 3)
    let table = try OptimizerBench(options, weights: start, shape: [50, 7], isTable: true)
    let dense = try OptimizerBench(options, weights: start, shape: [50, 7])
    for step in 0..<6 {
      let rows = randomRows(step: step)
      try table.step(.rows(rows))
      try dense.step(.dense(rows.densified(rowCount: 50)))
    }
    let sameWeights = table.weights.map(\.bitPattern) == dense.weights.map(\.bitPattern)
    let sameState = table.state.map(\.bitPattern) == dense.state.map(\.bitPattern)
    #expect(sameWeights && sameState)
  }

  @Test(arguments: choices)
  func lazyTablesChangeOnlyTheRowsInTheBatch(choice: ConfigurationValue) throws {
    let options: [String: ConfigurationValue] = [
      "optimizer": choice, "embeddingWeightDecay": .number(0.05),
    ]
    let start = randomValues(50 * 7, seed: 3)
    let table = try OptimizerBench(options, weights: start, shape: [50, 7], isTable: true)
    for step in 0..<5 {
      let rows = randomRows(step: step)
      let (weights, state) = (table.weights, table.state)
      try table.step(.rows(rows))
      for row in 0..<50 {
        let touched = rows.indices.contains(Int32(row))
        let range = row * 7..<(row + 1) * 7
        #expect((table.weights[range] != weights[range]) == touched)
        for tensor in 0..<state.count / weights.count {
          let part = tensor * 350 + row * 7..<tensor * 350 + (row + 1) * 7
          #expect((table.state[part] != state[part]) == touched)
        }
      }
    }
  }

  @Test(arguments: choices)
  func lazyRowsThatAreInEveryBatchFollowTheDenseRule(choice: ConfigurationValue) throws {
    let options: [String: ConfigurationValue] = [
      "optimizer": choice, "embeddingWeightDecay": .number(0.05), "weightDecay": .number(0.05),
    ]
    let start = randomValues(10 * 9, seed: 3)
    let lazy = try OptimizerBench(options, weights: start, shape: [10, 9], isTable: true)
    let dense = try OptimizerBench(options, weights: start, shape: [10, 9])
    for step in 0..<4 {
      let values = Tensor(randomValues(90, seed: UInt64(step)), shape: [10, 9])
      try lazy.step(.rows(RowGradient(indices: Array(0..<10), values: values)))
      try dense.step(.dense(values))
    }
    #expect(lazy.weights.map(\.bitPattern) == dense.weights.map(\.bitPattern))
  }

  private func randomRows(step: Int) -> RowGradient {
    let indices = (0..<50).filter { ($0 * 7 + step * 3) % 5 < 2 }.map(Int32.init)
    return RowGradient(
      indices: indices,
      values: Tensor(
        randomValues(indices.count * 7, seed: 100 + UInt64(step)), shape: [indices.count, 7]))
  }
}
