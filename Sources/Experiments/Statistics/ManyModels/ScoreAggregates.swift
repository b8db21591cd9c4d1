/// The scores of one model on several tasks (data sets or cells), each with several runs, as one
/// number: `[task][run]`.
///
/// Source: Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice",
/// NeurIPS 2021 (rliable). Tasks must have comparable scores. Intervals come from
/// ``Resampling/samples(ofStrata:statistic:)``: runs are drawn within each task, so they hold for these
/// tasks and not for others.
public struct ScoreAggregates: Sendable, Equatable {
  /// The scores: `[task][run]`.
  public let scores: [[Double]]

  /// Creates the aggregates; nil if there is no task, or one without a run.
  public init?(_ scores: [[Double]]) {
    guard !scores.isEmpty, scores.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.scores = scores
  }

  /// The mean of the middle half of all scores: a quarter of them, rounded down, is left out at each
  /// end.
  public var interquartileMean: Double {
    let sorted = scores.joined().sorted()
    let cut = sorted.count / 4
    let middle = sorted[cut..<sorted.count - cut]
    return middle.reduce(0, +) / Double(middle.count)
  }

  /// Returns the performance profile: for every threshold the share of runs with a score above it,
  /// where every task has equal weight.
  public func profile(at thresholds: [Double]) -> [Double] {
    thresholds.map { threshold in
      scores.reduce(0) { sum, runs in
        sum + Double(runs.count { $0 > threshold }) / Double(runs.count)
      } / Double(scores.count)
    }
  }

  /// Returns the probability that a run of this model scores higher than one of another on the same
  /// task: the mean over tasks of the share of pairs of runs, equal scores counting half.
  ///
  /// - Precondition: both have the same number of tasks.
  public func probabilityOfImprovement(over other: ScoreAggregates) -> Double {
    precondition(scores.count == other.scores.count, "scores on different tasks")
    return zip(scores, other.scores).reduce(0) { sum, pair in
      let wins = pair.0.reduce(0.0) { sum, own in
        pair.1.reduce(sum) { $0 + (own > $1 ? 1 : own == $1 ? 0.5 : 0) }
      }
      return sum + wins / Double(pair.0.count * pair.1.count)
    } / Double(scores.count)
  }
}
