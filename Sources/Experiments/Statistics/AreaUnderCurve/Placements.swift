/// The place of every row among the rows of the other class, from which the variance of an AUC and
/// the covariance of several on the same rows follow (DeLong, DeLong and Clarke-Pearson, Biometrics
/// 44, 1988).
///
///     V_i = share of the negative rows that score lower than positive row i   (equal scores: 1/2)
///     U_j = share of the positive rows that score higher than negative row j
///     AUC = mean V = mean U
///     variance = s²(V) / P + s²(U) / N, with sample variances
///
/// Found by sorting, in O(n log n), after Sun and Xu (IEEE Signal Processing Letters 21, 2014). Rows
/// are taken to be independent: where users have several rows, ``AreaBootstrap`` resamples users.
public struct Placements: Sendable, Equatable {
  /// V, in the order of the rows.
  public let positives: [Double]
  /// U, in the order of the rows.
  public let negatives: [Double]
  /// The area under the curve.
  public let area: Double

  /// Finds the places of scored rows; nil if a class has no rows.
  ///
  /// - Precondition: there are as many labels as scores, and no score is NaN.
  public init?(scores: [Float], labels: [Bool]) {
    precondition(scores.count == labels.count, "a label for every score")
    let positiveCount = labels.count { $0 }
    let negativeCount = labels.count - positiveCount
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var places = [Double](repeating: 0, count: scores.count)
    var (positivesBelow, negativesBelow, start) = (0, 0, 0)
    while start < order.count {
      var (end, positives) = (start, 0)
      while end < order.count, scores[order[end]] == scores[order[start]] {
        if labels[order[end]] { positives += 1 }
        end += 1
      }
      let negatives = end - start - positives
      let lower = (Double(negativesBelow) + Double(negatives) / 2) / Double(negativeCount)
      let higher =
        (Double(positiveCount - positivesBelow) - Double(positives) / 2) / Double(positiveCount)
      for place in start..<end {
        places[order[place]] = labels[order[place]] ? lower : higher
      }
      (positivesBelow, negativesBelow, start) = (
        positivesBelow + positives, negativesBelow + negatives, end
      )
    }
    self.init(
      positives: labels.indices.filter { labels[$0] }.map { places[$0] },
      negatives: labels.indices.filter { !labels[$0] }.map { places[$0] })
  }

  private init(positives: [Double], negatives: [Double]) {
    (self.positives, self.negatives) = (positives, negatives)
    area = positives.reduce(0, +) / Double(positives.count)
  }

  /// Returns the places whose area is the mean area of several models on the same rows, such as those
  /// of several seeds; nil if there are none.
  ///
  /// - Precondition: all are of the same rows.
  public static func mean(_ all: [Placements]) -> Placements? {
    guard let first = all.first else { return nil }
    func mean(_ part: KeyPath<Placements, [Double]>) -> [Double] {
      first[keyPath: part].indices.map { row in
        all.reduce(0) { $0 + $1[keyPath: part][row] } / Double(all.count)
      }
    }
    return Placements(positives: mean(\.positives), negatives: mean(\.negatives))
  }

  /// The area with its standard error; nil if a class has one row only.
  public var estimate: NormalEstimate? {
    standardError(positives: positives, negatives: negatives).map {
      NormalEstimate(value: area, standardError: $0)
    }
  }

  /// Returns how much larger the area is than another one on the same rows, with the standard error of
  /// the difference: the paired test of DeLong et al.; nil if a class has one row only.
  ///
  /// The models are taken as they are: the error is that of the finite test set, and says nothing of
  /// training them again.
  ///
  /// - Precondition: both are of the same rows.
  public func difference(from other: Placements) -> NormalEstimate? {
    precondition(
      positives.count == other.positives.count && negatives.count == other.negatives.count,
      "areas on different rows")
    return standardError(
      positives: zip(positives, other.positives).map { $0 - $1 },
      negatives: zip(negatives, other.negatives).map { $0 - $1 }
    ).map { NormalEstimate(value: area - other.area, standardError: $0) }
  }

  private func standardError(positives: [Double], negatives: [Double]) -> Double? {
    guard let first = Summary(positives)?.deviation, let second = Summary(negatives)?.deviation
    else { return nil }
    return (first * first / Double(positives.count) + second * second / Double(negatives.count))
      .squareRoot()
  }
}
