import Training

/// How the settings of a row are chosen among its trials.
public struct Selection: Sendable, Equatable {
  /// The rule.
  public var rule = SelectionRule.bestValidation
  /// The validation metric used to compare trials.
  public var metric = MetricName(.auc, .macro)

  /// Creates the default selection: by the mean validation AUC over tasks and scenarios.
  public init() {}

  /// The rule in words, as printed with every table.
  public var description: String {
    let best = metric.metric.higherIsBetter == false ? "lowest" : "highest"
    return "\(rule.rawValue): the \(best) \(metric) on the validation split, "
      + "averaged over the search seeds"
  }
}

/// A selection rule, with its name in specifications.
public enum SelectionRule: String, Sendable, CaseIterable {
  /// The trial with the best validation metric; the earlier one in a tie.
  case bestValidation = "best-validation"
}

/// The part of a run visible to selection: nothing of the test split, neither metrics nor ceilings.
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

  /// Creates the view of a finished run.
  package init(trial: Int, of record: RunRecord) {
    self.init(trial: trial, seed: record.configuration.seed, validation: record.validation)
  }
}

extension Selection {
  /// The trial of a row that was chosen for repetition.
  package struct Choice: Sendable, Equatable {
    /// The number of the trial.
    package let trial: Int
    /// The second-best trial; nil if nothing was compared.
    package let runnerUp: Int?
    /// The difference in the metric between the chosen trial and the runner-up.
    package let margin: Double
  }

  /// Returns the choice among the trials of a row whose search is over: the best, or the earlier
  /// one in a tie; nil if no trial has a score.
  ///
  /// A row with a single trial has nothing to choose: the choice is trial 0, whatever its score.
  ///
  /// - Parameter scores: The available scores, by trial number.
  package func choice(for row: ExperimentRow, among scores: [Int: Double]) -> Choice? {
    guard row.budget > 0 else { return Choice(trial: 0, runnerUp: nil, margin: 0) }
    let ranking =
      switch rule {
      case .bestValidation:
        scores.sorted {
          $0.value == $1.value ? $0.key < $1.key : isBetter($0.value, than: $1.value)
        }
      }
    guard let best = ranking.first else { return nil }
    let next = ranking.dropFirst().first
    return Choice(
      trial: best.key, runnerUp: next?.key, margin: next.map { abs(best.value - $0.value) } ?? 0)
  }

  /// Returns the score of every trial that has one: the mean over its runs.
  ///
  /// A trial has a score only if it has a run on every search seed and every run defines the
  /// metric; a failed run excludes the trial.
  ///
  /// - Throws: ``Diagnostic`` if a grid has no such task or scenario.
  package func scores(of views: [ValidationView], runSeeds: [Int]) throws -> [Int: Double] {
    try Dictionary(grouping: views, by: \.trial).compactMapValues { views in
      let ofSeed = Dictionary(views.map { ($0.seed, $0) }) { first, _ in first }
      let scores = try runSeeds.compactMap { try ofSeed[$0].flatMap { try score($0) } }
      guard scores.count == runSeeds.count else { return nil }
      return scores.reduce(0, +) / Double(scores.count)
    }
  }

  /// Returns the score of one run; nil if the metric is undefined.
  private func score(_ view: ValidationView) throws -> Double? {
    guard let value = try view.validation.value(metric), value.isFinite else { return nil }
    return value
  }

  private func isBetter(_ a: Double, than b: Double) -> Bool {
    metric.metric.higherIsBetter == false ? a < b : a > b
  }
}
