import TensorCore

/// Models ranked in every block, such as a data set or a cell: Friedman's test of whether their order
/// is the same by chance only, and comparisons of all pairs after it.
///
/// Rank 1 is the best; equal scores share the mean of their ranks. Blocks are taken to be independent,
/// which the scenarios and tasks of one data set are not: they share rows and models, so the p-values
/// hold for data sets, and for cells are too small.
///
/// Sources: Friedman (1937); Iman and Davenport (1980); Demšar, JMLR 7 (2006); Conover, "Practical
/// Nonparametric Statistics" (1999).
public struct RankedBlocks: Sendable, Equatable {
  /// The ranks: `[block][model]`.
  public let ranks: [[Double]]
  /// The number of models.
  public let modelCount: Int

  /// The number of blocks.
  public var blockCount: Int { ranks.count }

  /// Ranks scores `[block][model]`; nil for fewer than two blocks or two models.
  ///
  /// - Precondition: all blocks have the same number of models; no score is NaN.
  public init?(_ scores: [[Double]], higherIsBetter: Bool) {
    guard let count = scores.first?.count, scores.count > 1, count > 1 else { return nil }
    precondition(scores.allSatisfy { $0.count == count }, "a score for every model in every block")
    modelCount = count
    ranks = scores.map { averageRanks(higherIsBetter ? $0.map { -$0 } : $0) }
  }

  /// The mean rank of every model over the blocks.
  public var averages: [Double] {
    (0..<modelCount).map { model in
      ranks.reduce(0) { $0 + $1[model] } / Double(blockCount)
    }
  }

  /// Returns intervals of the average ranks: percentiles over bootstrap samples of the blocks.
  ///
  /// - Parameters:
  ///   - level: The confidence level.
  ///   - resampling: The bootstrap.
  public func averageIntervals(
    level: Double = 0.95, resampling: Resampling = Resampling()
  ) -> [ClosedRange<Double>] {
    let samples = resampling.samples(of: ranks) { sample in
      (0..<modelCount).map { model in
        sample.reduce(0) { $0 + $1[model] } / Double(sample.count)
      }
    }
    return (0..<modelCount).map { model in
      percentileInterval(samples.map { $0[model] }, level: level)
    }
  }

  /// Friedman's statistic, corrected for ties; nil if all scores are tied.
  ///
  ///     χ² = (12 n / (k (k + 1)) Σ R̄² - 3 n (k + 1)) / (1 - Σ(t³ - t) / (n k (k² - 1)))
  ///
  /// over n blocks, k models and ties of t scores.
  public var friedmanStatistic: Double? {
    let (n, k) = (Double(blockCount), Double(modelCount))
    var tied = 0.0
    for block in ranks {
      var start = 0
      let sorted = block.sorted()
      while start < sorted.count {
        let end = sorted[start...].firstIndex { $0 != sorted[start] } ?? sorted.count
        let t = Double(end - start)
        tied += t * t * t - t
        start = end
      }
    }
    let correction = 1 - tied / (n * k * (k * k - 1))
    guard correction > 0 else { return nil }
    let squares = averages.reduce(0) { $0 + $1 * $1 }
    return (12 * n / (k * (k + 1)) * squares - 3 * n * (k + 1)) / correction
  }

  /// The p-value of Friedman's statistic by the chi-squared distribution with k - 1 degrees of
  /// freedom; nil if all scores are tied.
  ///
  /// It is approximate: too large for few blocks of several models, too small for two models.
  /// ``permutationProbability(draws:seed:)`` holds for any number of blocks.
  public var friedmanProbability: Double? {
    friedmanStatistic.map {
      ChiSquaredDistribution(degreesOfFreedom: modelCount - 1).probability(above: $0)
    }
  }

  /// Returns the p-value of Friedman's statistic by random orders: if models do not differ, every order
  /// of the ranks within a block is equally likely.
  ///
  /// Ranks are shuffled within each block, ties staying as they are. The statistic is Σ_m (Σ_b r_bm)²
  /// over models m and blocks b, which orders arrangements as Friedman's does. The p-value is
  /// (extreme + 1) / (draws + 1), which is valid for any number of draws (Phipson and Smyth, 2010), so
  /// it is at least 1 / (draws + 1). Nil if all scores are tied.
  ///
  /// - Parameters:
  ///   - draws: The number of random arrangements.
  ///   - seed: The seed of the stream `statistics/friedman` that they come from.
  /// - Precondition: `draws > 0`.
  public func permutationProbability(draws: Int = 99_999, seed: UInt64 = 0) -> Double? {
    precondition(draws > 0, "a permutation test needs draws")
    guard friedmanStatistic != nil else { return nil }
    var sums = [Double](repeating: 0, count: modelCount)
    for block in ranks { for (model, rank) in block.enumerated() { sums[model] += rank } }
    let threshold = sums.reduce(0) { $0 + $1 * $1 } * (1 - 1e-12)
    var stream = RandomStreams(seed: seed)["statistics/friedman"]
    var (shuffled, extreme) = (ranks, 0)
    for _ in 0..<draws {
      for model in 0..<modelCount { sums[model] = 0 }
      for block in shuffled.indices {
        stream.shuffle(&shuffled[block])
        for model in 0..<modelCount { sums[model] += shuffled[block][model] }
      }
      if sums.reduce(0, { $0 + $1 * $1 }) >= threshold { extreme += 1 }
    }
    return Double(extreme + 1) / Double(draws + 1)
  }

  /// The statistic of Iman and Davenport, F = (n - 1) χ² / (n (k - 1) - χ²); infinite if all blocks
  /// have the same order, nil if all scores are tied.
  public var imanDavenportStatistic: Double? {
    friedmanStatistic.map { statistic in
      let most = Double(blockCount * (modelCount - 1))
      guard most - statistic > 1e-9 * most else { return .infinity }
      return Double(blockCount - 1) * statistic / (most - statistic)
    }
  }

  /// The p-value of Iman and Davenport's statistic, with k - 1 and (k - 1)(n - 1) degrees of freedom.
  ///
  /// It is 0 if all blocks have the same order, and far too small for few blocks:
  /// ``permutationProbability(draws:seed:)`` holds for any number.
  public var imanDavenportProbability: Double? {
    imanDavenportStatistic.map {
      FDistribution(
        numerator: modelCount - 1, denominator: (modelCount - 1) * (blockCount - 1)
      ).probability(above: $0)
    }
  }
}
