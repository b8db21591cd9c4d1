extension RankedBlocks {
  /// The p-values of Nemenyi's test for all pairs of models, `[model][model]`, with 1 on the diagonal:
  /// the difference of average ranks over √(k (k + 1) / (6 n)), times √2, against the studentized range
  /// of k values.
  ///
  /// They are corrected for all pairs, and do not consider ties within a block.
  public var nemenyiProbabilities: [[Double]] {
    let scale = (Double(modelCount * (modelCount + 1)) / Double(6 * blockCount)).squareRoot()
    let range = StudentizedRange(count: modelCount)
    return allPairs { range.probability(above: $0 / scale * 2.0.squareRoot()) }
  }

  /// Returns the critical difference of Nemenyi's test: average ranks that differ by less are not
  /// significantly different.
  ///
  ///     CD = q_α √(k (k + 1) / (6 n))
  ///
  /// where q_α is the quantile of the studentized range over √2.
  ///
  /// - Precondition: `level` is between 0 and 1.
  public func criticalDifference(level: Double = 0.05) -> Double {
    let scale = (Double(modelCount * (modelCount + 1)) / Double(6 * blockCount)).squareRoot()
    return StudentizedRange(count: modelCount).quantile(above: level) / 2.0.squareRoot() * scale
  }

  /// Returns the largest sets of models whose average ranks are within a critical difference: the bars
  /// of a critical-difference diagram.
  ///
  /// Each set is in order of average rank; sets of one model are left out.
  public func indistinguishable(within difference: Double) -> [[Int]] {
    let averages = averages
    let order = averages.indices.sorted { (averages[$0], $0) < (averages[$1], $1) }
    var sets: [Range<Int>] = []
    for start in order.indices {
      let end =
        order.indices[start...].first {
          averages[order[$0]] - averages[order[start]] > difference
        } ?? order.count
      if end - start > 1, end > sets.last?.upperBound ?? 0 { sets.append(start..<end) }
    }
    return sets.map { $0.map { order[$0] } }
  }

  /// The p-values of Conover's test for all pairs of models, `[model][model]`, with 1 on the diagonal.
  ///
  ///     t = |R_a - R_b| / √(2 n (k - 1) S² (1 - T / (n (k - 1))) / ((n - 1)(k - 1)))
  ///
  /// with sums of ranks R, S² = (Σ rank² - n k (k + 1)² / 4) / (k - 1), T = Σ (R - n (k + 1) / 2)² / S²
  /// and (n - 1)(k - 1) degrees of freedom.
  ///
  /// More powerful than Nemenyi's, and to be trusted only after Friedman's test has rejected. They are
  /// not corrected for the number of pairs: see ``holmCorrected(_:)``. If all blocks have the same
  /// order, different models have a p-value of 0.
  public var conoverProbabilities: [[Double]] {
    let (n, k) = (Double(blockCount), Double(modelCount))
    let squares = ranks.joined().reduce(0) { $0 + $1 * $1 }
    let variance = (squares - n * k * (k + 1) * (k + 1) / 4) / (k - 1)
    let spread = averages.reduce(0) { sum, average in
      let excess = n * average - n * (k + 1) / 2
      return sum + excess * excess
    }
    guard variance > 0 else { return allPairs { _ in 1 } }
    let rest = max(0, 1 - spread / variance / (n * (k - 1)))
    let degrees = (blockCount - 1) * (modelCount - 1)
    let scale = (2 * n * (k - 1) * variance * rest / Double(degrees)).squareRoot()
    let distribution = StudentT(degreesOfFreedom: degrees)
    return allPairs { difference in
      guard difference > 0 else { return 1 }
      return rest < 1e-12 ? 0 : distribution.twoSidedProbability(beyond: n * difference / scale)
    }
  }

  /// Returns a function of the difference of average ranks for all pairs.
  private func allPairs(_ probability: (Double) -> Double) -> [[Double]] {
    let averages = averages
    return averages.indices.map { a in
      averages.indices.map { b in a == b ? 1 : probability(abs(averages[a] - averages[b])) }
    }
  }
}
