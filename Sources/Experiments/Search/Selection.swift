import Training

/// How the settings of a row are chosen among its trials.
public struct Selection: Sendable, Equatable {
  /// The rule.
  public var rule = SelectionRule.bestValidation
  /// The validation metric that trials are compared by.
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
  /// The trial with the best validation metric, the earlier one where two are equal.
  case bestValidation = "best-validation"
}

/// What a selection may see of a run: nothing of the test split, neither metrics nor ceilings.
public struct ValidationView: Sendable {
  /// The number of the trial.
  public let trial: Int
  /// The seed.
  public let seed: Int
  /// The metrics on the validation split.
  public let validation: MetricGrid

  /// Creates the view of a run.
  public init(trial: Int, seed: Int, validation: MetricGrid) {
    self.trial = trial
    self.seed = seed
    self.validation = validation
  }
}

extension Selection {
  /// Returns the chosen trial, or nil where no trial has a score.
  ///
  /// - Throws: ``Diagnostic`` where a grid has no such task or scenario.
  public func chosenTrial(among views: [ValidationView], runSeeds: [Int]) throws -> Int? {
    try ranking(of: views, runSeeds: runSeeds).first?.trial
  }

  /// Returns the trials that have a score, the best first, the earlier one where two are equal.
  ///
  /// - Throws: ``Diagnostic`` where a grid has no such task or scenario.
  package func ranking(of views: [ValidationView], runSeeds: [Int]) throws
    -> [(trial: Int, score: Double)]
  {
    switch rule {
    case .bestValidation:
      try scores(of: views, runSeeds: runSeeds).map { (trial: $0.key, score: $0.value) }.sorted {
        $0.score == $1.score ? $0.trial < $1.trial : isBetter($0.score, than: $1.score)
      }
    }
  }

  /// Returns the score of every trial that has one: the mean over its runs.
  ///
  /// A trial has a score only if it has a run on every search seed and each run defines the metric: a
  /// failed run rules it out.
  ///
  /// - Throws: ``Diagnostic`` where a grid has no such task or scenario.
  func scores(of views: [ValidationView], runSeeds: [Int]) throws -> [Int: Double] {
    try Dictionary(grouping: views, by: \.trial).compactMapValues { views in
      let ofSeed = Dictionary(views.map { ($0.seed, $0) }) { first, _ in first }
      let scores = try runSeeds.compactMap { try ofSeed[$0].flatMap { try score($0) } }
      guard scores.count == runSeeds.count else { return nil }
      return scores.reduce(0, +) / Double(scores.count)
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
