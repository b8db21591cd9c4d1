import MessagePassing

/// The moments of segments whose rows are divided among ranks.
///
/// With n_r, m_r and v_r the number, mean and biased variance of a rank's rows of a segment:
///
///     n = Σ_r n_r,   mean = Σ_r n_r m_r / n,   variance = Σ_r n_r (v_r + (m_r - mean)²) / n
///
/// computed in `Double`, in rank order.
struct DividedMoments {
  /// The number of rows of every segment, on all ranks together.
  let rowCounts: [Int]

  private let ranks: RankGroup

  /// Replaces the moments of this rank's rows, `[segments, columns]`, by those of all rows;
  /// collective.
  init(_ segments: [Range<Int>], means: Tensor, variances: Tensor, ranks: RankGroup) {
    self.ranks = ranks
    let counts = segments.map { Float(bitPattern: UInt32($0.count)) }
    let parts = ranks.gathered(counts + means.values + variances.values, for: .moments)
    let countsByRank = parts.map { part in part[..<segments.count].map { Int($0.bitPattern) } }
    rowCounts = segments.indices.map { segment in
      countsByRank.reduce(0) { $0 + $1[segment] }
    }
    let width = means.columnCount
    for (segment, total) in rowCounts.enumerated() where total > 0 {
      for element in segment * width..<(segment + 1) * width {
        let place = segments.count + element
        func mean(_ term: (_ part: [Float]) -> Double) -> Double {
          var sum = 0.0
          for (part, counts) in zip(parts, countsByRank) where counts[segment] > 0 {
            sum += Double(counts[segment]) * term(part)
          }
          return sum / Double(total)
        }
        let center = mean { Double($0[place]) }
        let variance = mean { part in
          let distance = Double(part[place]) - center
          return Double(part[place + means.count]) + distance * distance
        }
        means.pointer[element] = Float(center)
        variances.pointer[element] = Float(variance)
      }
    }
  }

  /// Returns the sums over ranks of two tensors; collective.
  func sums(_ a: Tensor, _ b: Tensor) -> (Tensor, Tensor) {
    let parts = ranks.gathered(a.values + b.values, for: .moments)
    let sums = parts.dropFirst().reduce(into: parts[0]) { sums, part in
      for place in sums.indices { sums[place] += part[place] }
    }
    return (
      Tensor(Array(sums[..<a.count]), shape: a.shape),
      Tensor(Array(sums[a.count...]), shape: b.shape)
    )
  }
}
