/// How often each model is better than each other, over units such as a cell and a seed.
///
/// With few data sets it stands in place of a critical-difference diagram, whose test needs many
/// independent blocks: it counts, and claims no significance.
public struct WinMatrix: Sendable, Equatable {
  /// The difference within which scores are the same when printed with four digits.
  public static let printedTolerance = 0.00005

  /// The share of units in which the model of the row is better than that of the column, ties counting
  /// half; nil on the diagonal and where no unit has both.
  public let shares: [[Double?]]
  /// The number of units that both models have.
  public let counts: [[Int]]

  /// Compares scores `[model][unit]`, nil where a model has none.
  ///
  /// - Parameters:
  ///   - scores: The scores.
  ///   - higherIsBetter: The direction.
  ///   - tolerance: Scores that differ by no more are tied.
  /// - Precondition: all models have the same units.
  public init(_ scores: [[Double?]], higherIsBetter: Bool, tolerance: Double = 0) {
    precondition(Set(scores.map(\.count)).count < 2, "a score or nil for every unit")
    let compared = scores.map { own in
      scores.map { other -> (wins: Double, count: Int) in
        zip(own, other).reduce((0, 0)) { sum, pair in
          guard let a = pair.0, let b = pair.1 else { return sum }
          let lead = higherIsBetter ? a - b : b - a
          let win = abs(lead) <= tolerance ? 0.5 : lead > 0 ? 1 : 0
          return (sum.0 + win, sum.1 + 1)
        }
      }
    }
    counts = compared.map { $0.map(\.count) }
    shares = compared.enumerated().map { row, entries in
      entries.enumerated().map { column, entry in
        row == column || entry.count == 0 ? nil : entry.wins / Double(entry.count)
      }
    }
  }
}
