/// How reliably seeds order the models: the correlation between the orders that single seeds give,
/// and by the Spearman-Brown formula that of the mean over several seeds.
///
///     reliability(k) = k ρ / (1 + (k - 1) ρ)
///
/// where ρ is the mean of Spearman's rank correlation over all pairs of seeds. It is the expected
/// correlation of the order found with that of as many other seeds. Sources: Spearman and Brown
/// (British Journal of Psychology 3, 1910); TabArena (Erickson et al., 2025) for the use on models.
public struct OrderReliability: Sendable, Equatable {
  /// The mean correlation ρ between the orders of two seeds.
  public let correlation: Double
  /// The number of seeds.
  public let seedCount: Int

  /// Measures scores `[seed][model]`; nil for fewer than two seeds or two models, or if models have
  /// equal scores on every seed but one.
  ///
  /// - Precondition: all seeds have the same number of models; no score is NaN.
  public init?(_ scores: [[Double]]) {
    guard let models = scores.first?.count, scores.count > 1, models > 1 else { return nil }
    precondition(scores.allSatisfy { $0.count == models }, "a score for every model and seed")
    let ranks = scores.map(averageRanks)
    let correlations = ranks.indices.flatMap { a in
      ranks[..<a].compactMap { Self.correlation($0, ranks[a]) }
    }
    guard let mean = Summary(correlations)?.mean else { return nil }
    (correlation, seedCount) = (mean, scores.count)
  }

  /// The reliability of the order by the mean over the seeds at hand.
  public var reliability: Double { reliability(seeds: seedCount) }

  /// Returns the reliability of the order by the mean over a number of seeds: 0 if single seeds do not
  /// agree at all.
  public func reliability(seeds: Int) -> Double {
    guard correlation > 0 else { return 0 }
    return Double(seeds) * correlation / (1 + Double(seeds - 1) * correlation)
  }

  /// Returns the least number of seeds with a reliability, k ≥ τ (1 - ρ) / (ρ (1 - τ)); nil if single
  /// seeds do not agree at all.
  ///
  /// - Precondition: `0..<1` contains `target`.
  public func seeds(for target: Double = 0.9) -> Int? {
    precondition((0..<1).contains(target), "a reliability is below 1")
    guard correlation > 0 else { return nil }
    let needed = target * (1 - correlation) / (correlation * (1 - target))
    guard needed < 1e9 else { return nil }
    return max(1, Int((needed - 1e-9).rounded(.up)))
  }

  /// Returns Pearson's correlation; nil if one of the two does not vary.
  private static func correlation(_ a: [Double], _ b: [Double]) -> Double? {
    let mean = Double(a.count + 1) / 2
    let products = zip(a, b).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
    let squares = (
      a.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, b.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    )
    guard squares.0 > 0, squares.1 > 0 else { return nil }
    return products / (squares.0 * squares.1).squareRoot()
  }
}
