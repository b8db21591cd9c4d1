import Testing

// Internal: SampleMoments, SyntheticChunk, SyntheticWorld.
@testable import SyntheticData

/// Tolerances are four standard deviations.
///
/// Impressions of a page are not independent, so the
/// deviation of a mean over rows is `√Σ_pages (Σ_rows (value − expected))² / rows`; that of a rate
/// has the error of the calibration added, whose sample has 65 536 impressions of every leaf.
@Suite struct SyntheticTrafficTests {
  @Test(arguments: ["aliexpress", "entrance-card", "many-scenarios"])
  func sharesAndRatesAreThePublishedOnes(id: String) throws {
    let generator = try SyntheticSupport.plant(id).get()
    let chunks = try SyntheticSupport.chunks(of: generator, rows: 600_000)
    for (leaf, traffic) in generator.world.traffic.enumerated() {
      let share = clusteredMean(chunks, expected: traffic.share) { chunk, row in
        chunk.block.leaves[row] == Int32(leaf) ? 1 : 0
      }
      #expect(abs(share.mean - traffic.share) < 4 * share.deviation)
      for (task, rate) in [traffic.ctr, traffic.ctcvr].enumerated() {
        let observed = clusteredMean(chunks, expected: rate) { chunk, row in
          chunk.block.leaves[row] == Int32(leaf)
            ? Double(chunk.block.labels[row * 2 + task]) : nil
        }
        let probability = SampleMoments(
          chunks.flatMap { chunk in
            chunk.block.leaves.indices.filter { chunk.block.leaves[$0] == Int32(leaf) }
              .map { chunk.probabilities[$0 * 2 + task] }
          })
        let calibration = probability.standardDeviation / 256
        let deviation =
          (observed.deviation * observed.deviation + calibration * calibration).squareRoot()
        #expect(
          abs(observed.mean - rate) < 4 * deviation,
          "leaf \(leaf), task \(task): \(observed.mean) instead of \(rate), sd \(deviation)")
        #expect(deviation < 0.2 * rate)
      }
    }
  }

  @Test func publishedNumbersOfAliExpressAreTheOnesInThePaper() throws {
    let traffic = SyntheticWorld.aliexpress.traffic
    #expect(traffic.map(\.ctr) == [0.0278, 0.0266, 0.0201, 0.0216, 0.0164])
    #expect(traffic.map(\.ctcvr) == [0.00048, 0.00060, 0.00054, 0.00078, 0.00040])
    #expect(abs(traffic[0].share - 129.5 / 233.6) < 1e-12)
    #expect(abs(traffic.reduce(0) { $0 + $1.share } - 1) < 1e-12)
  }

  @Test func everyPurchaseNeedsAClick() throws {
    let chunks = try SyntheticSupport.chunks(
      of: SyntheticSupport.entranceCard.get(), rows: 50_000)
    let labels = chunks.flatMap { chunk in
      chunk.block.leaves.indices.map {
        (click: chunk.block.labels[2 * $0], purchase: chunk.block.labels[2 * $0 + 1])
      }
    }
    #expect(labels.contains { $0.purchase == 1 })
    #expect(labels.allSatisfy { $0.purchase <= $0.click })
    #expect(labels.contains { $0.click > $0.purchase })
  }

  @Test func multipliersMultiplyTheRates() throws {
    let scaled = try SyntheticWorld.aliexpress.scaled(
      by: SyntheticSupport.frequent().design.teacher)
    #expect(abs(scaled.traffic[4].ctr - 3 * 0.0164) < 1e-12)
    #expect(abs(scaled.traffic[4].ctcvr - 30 * 0.0004) < 1e-12)
  }

  /// Returns the mean of the values that are not nil, and its deviation over pages.
  private func clusteredMean(
    _ chunks: [SyntheticChunk], expected: Double, of value: (SyntheticChunk, Int) -> Double?
  ) -> (mean: Double, deviation: Double) {
    var sum = 0.0
    var count = 0.0
    var squares = 0.0
    for chunk in chunks {
      let groups = chunk.block.groups ?? []
      var residual = 0.0
      for row in groups.indices {
        if let value = value(chunk, row) {
          sum += value
          count += 1
          residual += value - expected
        }
        if row + 1 == groups.count || groups[row + 1] != groups[row] {
          squares += residual * residual
          residual = 0
        }
      }
    }
    return (sum / count, squares.squareRoot() / count)
  }
}
