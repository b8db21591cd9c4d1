import Datasets
import TensorCore
import Testing

// Internal: CeilingEstimate, SampleMoments.
@testable import SyntheticData

@Suite struct SyntheticCeilingTests {
  @Test func labelsAsWeightsGiveTheExactAUCWithTies() throws {
    #expect(pairwiseAUC(scores: [1, 2, 3, 4], positiveWeights: [0, 0, 1, 1]) == 1)
    #expect(pairwiseAUC(scores: [4, 3, 2, 1], positiveWeights: [0, 0, 1, 1]) == 0)
    #expect(pairwiseAUC(scores: [1, 1, 1, 1], positiveWeights: [0, 1, 0, 1]) == 0.5)
    #expect(pairwiseAUC(scores: [1, 2, 2, 3], positiveWeights: [0, 1, 0, 1]) == 0.875)
  }

  @Test func oneClassHasNoAUC() throws {
    #expect(pairwiseAUC(scores: [1, 2], positiveWeights: [1, 1]) == nil)
    #expect(pairwiseAUC(scores: [1, 2], positiveWeights: [0, 0]) == nil)
    #expect(pairwiseAUC(scores: [1], positiveWeights: [0.5]) == nil)
    #expect(pairwiseAUC(scores: [], positiveWeights: []) == nil)
  }

  @Test func sortedFormAgreesWithTheSumOverPairs() throws {
    var stream = RandomStreams(seed: 1)["pairs"]
    for levels in [3, 50, 1_000_000] {
      let scores = (0..<200).map { _ in Double(stream.integer(below: levels)) }
      let weights = scores.map { _ in stream.uniform() }
      var ordered = 0.0
      var all = 0.0
      for i in scores.indices {
        for j in scores.indices where i != j {
          let pair = weights[i] * (1 - weights[j])
          all += pair
          ordered += pair * (scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0)
        }
      }
      let auc = try #require(pairwiseAUC(scores: scores, positiveWeights: weights))
      #expect(abs(auc - ordered / all) < 1e-12)
    }
  }

  @Test func expectedAUCIsTheMeanOverDrawnLabels() throws {
    var stream = RandomStreams(seed: 2)["labels"]
    let probabilities = (0..<400).map { _ in stream.uniform() }
    let expected = try #require(
      pairwiseAUC(scores: probabilities, positiveWeights: probabilities))
    let realized = (0..<2000).compactMap { _ in
      pairwiseAUC(
        scores: probabilities,
        positiveWeights: probabilities.map { stream.uniform() < $0 ? 1 : 0 })
    }
    let moments = SampleMoments(realized)
    #expect(
      abs(moments.mean - expected) < 4 * moments.standardDeviation / 2000.0.squareRoot() + 1e-4)
    // Uniform probabilities: positives have density 2p, negatives 2(1 − p), so 5/6.
    #expect(abs(expected - 5.0 / 6) < 0.02)
  }

  @Test(arguments: ["aliexpress", "entrance-card", "many-scenarios"])
  func ceilingsAreRealisticAndNoOtherScoreReachesThem(id: String) throws {
    let truth = try Truth(id, rows: 200_000)
    let ceilings = truth.estimate.ceilings()
    // Purchases of many-scenarios are frequent, which leaves less to be told by.
    let purchases = id == "many-scenarios" ? 0.78...0.88 : 0.82...0.93
    #expect(ceilings.expected.cells[0].allSatisfy { (0.71...0.79).contains($0 ?? 0) })
    #expect(ceilings.expected.cells[1].allSatisfy { purchases.contains($0 ?? 0) })
    var stream = RandomStreams(seed: 4)["scores"]
    for task in 0..<2 {
      for leaf in 0..<truth.leafCount {
        let p = truth.rows(leaf).map { truth.probabilities[task][$0] }
        let ceiling = try #require(ceilings.expected.cells[task][leaf])
        #expect(pairwiseAUC(scores: p, positiveWeights: p) == ceiling)
        let noisy = p.map { $0 * (0.5 + stream.uniform()) }
        let below = try #require(pairwiseAUC(scores: noisy, positiveWeights: p))
        #expect(below < ceiling - 0.002)
      }
    }
  }

  @Test func shuffledScoresReachOneHalf() throws {
    let truth = try Truth("entrance-card", rows: 100_000)
    var stream = RandomStreams(seed: 5)["shuffle"]
    for task in 0..<2 {
      var scores = truth.probabilities[task]
      stream.shuffle(&scores)
      let soft = try #require(
        pairwiseAUC(scores: scores, positiveWeights: truth.probabilities[task]))
      #expect(abs(soft - 0.5) < 0.02)
      let hard = try #require(pairwiseAUC(scores: scores, positiveWeights: truth.labels[task]))
      #expect(abs(hard - 0.5) < 4 * aucDeviation(0.5, truth.labels[task]))
    }
  }

  @Test(arguments: ["aliexpress", "entrance-card", "many-scenarios"])
  func realizedCeilingsAgreeWithExpectedOnesWithinSamplingError(id: String) throws {
    let truth = try Truth(id, rows: 300_000)
    let ceilings = truth.estimate.ceilings()
    let realized = try #require(ceilings.realized)
    for task in 0..<2 {
      for leaf in 0..<truth.leafCount {
        let expected = try #require(ceilings.expected.cells[task][leaf])
        let labels = truth.rows(leaf).map { truth.labels[task][$0] }
        let found = try #require(realized.cells[task][leaf])
        #expect(
          abs(found - expected) < 4 * aucDeviation(expected, labels),
          "task \(task), leaf \(leaf): \(found), expected \(expected)")
      }
      let pooled = try #require(ceilings.expected.pooled[task])
      #expect(
        abs((realized.pooled[task] ?? 0) - pooled) < 4 * aucDeviation(pooled, truth.labels[task]))
      let cells = ceilings.expected.cells[task].compactMap { $0 }
      let mean = cells.reduce(0, +) / Double(cells.count)
      #expect(abs((ceilings.expected.macroMeans[task] ?? 0) - mean) < 1e-12)
    }
  }

  /// The standard error of an AUC (Hanley and McNeil, Radiology 143, 1982, equation 1).
  private func aucDeviation(_ auc: Double, _ labels: [Double]) -> Double {
    let positives = labels.reduce(0, +)
    let negatives = Double(labels.count) - positives
    let q1 = auc / (2 - auc)
    let q2 = 2 * auc * auc / (1 + auc)
    let variance =
      auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)
    return (variance / (positives * negatives)).squareRoot()
  }

  /// Rows of a twin with the probabilities their labels were drawn from.
  private struct Truth {
    let leafCount: Int
    var estimate: CeilingEstimate
    var leaves: [Int32] = []
    var probabilities: [[Double]] = [[], []]
    var labels: [[Double]] = [[], []]

    init(_ id: String, rows: Int) throws {
      let generator = try SyntheticSupport.generator(id)
      leafCount = generator.world.scenarios.leafCount
      estimate = CeilingEstimate(leafCount: leafCount)
      for chunk in try SyntheticSupport.chunks(of: generator, rows: rows) {
        estimate.add(chunk)
        leaves += chunk.block.leaves
        for task in 0..<2 {
          probabilities[task] += chunk.block.leaves.indices.map {
            chunk.probabilities[2 * $0 + task]
          }
          labels[task] += chunk.block.leaves.indices.map {
            Double(chunk.block.labels[2 * $0 + task])
          }
        }
      }
    }

    func rows(_ leaf: Int) -> [Int] { leaves.indices.filter { leaves[$0] == Int32(leaf) } }
  }
}
