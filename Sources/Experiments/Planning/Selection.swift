import Ranking
import Training

/// How the settings of a row are chosen among its proposals.
public struct Selection: Sendable, Equatable {
  /// The rule.
  public var rule = SelectionRule.bestValidation
  /// The validation metric that proposals are compared by.
  public var metric = MetricName(.auc, .macro)

  /// Creates the usual selection: by the mean validation AUC over tasks and scenarios.
  public init() {}

  /// The rule in words, as printed with every table.
  public var description: String {
    let best = metric.metric.higherIsBetter == false ? "lowest" : "highest"
    return "\(rule.rawValue): the \(best) \(metric) on the validation split, "
      + "averaged over the search seeds"
  }
}

/// A rule of selection, by its name in specifications.
public enum SelectionRule: String, Sendable, CaseIterable {
  /// The proposal with the best validation metric, the earlier draw where two are equal.
  case bestValidation = "best-validation"
}

/// What a selection may see of a run: nothing of the test split, neither metrics nor ceilings.
public struct ValidationView: Sendable {
  /// The number of the proposal.
  public let draw: Int
  /// The seed.
  public let seed: Int
  /// The metrics on the validation split.
  public let validation: MetricGrid

  /// Creates the view of a run.
  public init(draw: Int, seed: Int, validation: MetricGrid) {
    self.draw = draw
    self.seed = seed
    self.validation = validation
  }
}

extension Selection {
  /// Returns the chosen draw, or nil where no proposal has a score.
  ///
  /// - Throws: ``ConfigurationError`` where a grid has no such task or scenario.
  public func chosenDraw(among views: [ValidationView], runSeeds: [Int]) throws -> Int? {
    try ranking(of: views, runSeeds: runSeeds).first?.draw
  }

  /// Returns the proposals that have a score, the best first, the earlier draw where two are equal.
  ///
  /// The score of a proposal is the mean over its runs. A proposal counts only if it has a run on
  /// every search seed and each run defines the metric: a failed run rules its proposal out.
  ///
  /// - Throws: ``ConfigurationError`` where a grid has no such task or scenario.
  func ranking(of views: [ValidationView], runSeeds: [Int]) throws
    -> [(draw: Int, score: Double)]
  {
    switch rule {
    case .bestValidation:
      let ofDraw = Dictionary(grouping: views, by: \.draw)
      let scored = try ofDraw.compactMap { draw, views -> (draw: Int, score: Double)? in
        let ofSeed = Dictionary(views.map { ($0.seed, $0) }) { first, _ in first }
        let scores = try runSeeds.compactMap { try ofSeed[$0].flatMap { try score($0) } }
        guard scores.count == runSeeds.count else { return nil }
        return (draw, scores.reduce(0, +) / Double(scores.count))
      }
      return scored.sorted {
        $0.score == $1.score ? $0.draw < $1.draw : isBetter($0.score, than: $1.score)
      }
    }
  }

  /// Returns the score of one run; nil where the metric is undefined.
  func score(_ view: ValidationView) throws -> Double? {
    guard let value = try view.validation.value(metric), value.isFinite else { return nil }
    return value
  }

  private func isBetter(_ a: Double, than b: Double) -> Bool {
    metric.metric.higherIsBetter == false ? a < b : a > b
  }
}
