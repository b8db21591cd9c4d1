/// The validation scores of a trial so far, in the form in which schedulers compare trials.
///
/// Scores are those of the selection metric, with their sign changed if less of it is better, so
/// more is always better here. With several search seeds they are means over the runs of the trial.
public struct TrialCurve: Sendable, Equatable {
  /// The round of the search that proposed the trial, counted from 0.
  public var round: Int

  /// The score of the weights at the end of every epoch so far; nil where it is undefined.
  public var values: [Double?]

  /// The score that the run would have if it ended there: of the best weights so far, or of the last
  /// if the run keeps those.
  public var kept: [Double?]

  /// Whether the trial is over: it was trained to its end, which patience may have set, or it
  /// failed.
  public var hasEnded: Bool

  /// Whether a run of the trial failed.
  public var hasFailed: Bool

  /// Creates a curve.
  public init(
    round: Int, values: [Double?], kept: [Double?], hasEnded: Bool = false, hasFailed: Bool = false
  ) {
    self.round = round
    self.values = values
    self.kept = kept
    self.hasEnded = hasEnded
    self.hasFailed = hasFailed
  }

  /// Whether the score after some epochs is known.
  func isKnown(after epochs: Int) -> Bool { hasEnded || kept.count >= epochs }

  /// The score after some epochs, which must be known; nil if it is undefined.
  ///
  /// A trial that ended before has its final score, a trial that failed before has none.
  func score(after epochs: Int) -> Double? {
    let score = kept.count >= epochs ? kept[epochs - 1] : hasFailed ? nil : kept.last ?? nil
    return score.flatMap { $0.isFinite ? $0 : nil }
  }
}

extension [TrialCurve] {
  /// Whether one trial is ahead of another after some epochs: it has the higher score, or an equal
  /// score and the lower number.
  ///
  /// Undefined scores are last.
  func isAhead(_ a: Int, of b: Int, after epochs: Int) -> Bool {
    switch (self[a].score(after: epochs), self[b].score(after: epochs)) {
    case (let first?, let second?): first == second ? a < b : first > second
    case (nil, nil): a < b
    case (let first, _): first != nil
    }
  }

  /// The indices of the trials of every round.
  var rounds: [Range<Int>] {
    var ranges: [Range<Int>] = []
    for index in indices {
      if let last = ranges.last, self[last.lowerBound].round == self[index].round {
        ranges[ranges.count - 1] = last.lowerBound..<index + 1
      } else {
        ranges.append(index..<index + 1)
      }
    }
    return ranges
  }
}
