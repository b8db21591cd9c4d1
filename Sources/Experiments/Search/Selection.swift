import Training

/// How the settings of a row are chosen among its trials.
public struct Selection: Sendable, Equatable {
  /// The rule.
  public var rule = SelectionRule.bestValidation
  /// The validation metric used to compare trials.
  public var metric = MetricName(.auc, .macro)
  /// The cost that a report sets against the metric; nil for none.
  public var cost: TrialCost?
  /// How far a trial may be behind the best one to be chosen because it costs less; nil to choose the
  /// best one.
  public var tolerance: Double?

  /// Creates the default selection: by the mean validation AUC over tasks and scenarios.
  public init() {}

  /// The rule in words, as printed with every table.
  public var description: String {
    let best = metric.metric.higherIsBetter == false ? "lowest" : "highest"
    let cheapest =
      cost.flatMap { cost in
        tolerance.map { "the fewest \(cost.rawValue) of the trials within \($0) of " }
      } ?? ""
    return "\(rule.rawValue): \(cheapest)the \(best) \(metric) on the validation split, "
      + "averaged over the search seeds"
  }
}

/// A selection rule, with its name in specifications.
public enum SelectionRule: String, Sendable, CaseIterable {
  /// The trial with the best validation metric; the earlier one in a tie.
  case bestValidation = "best-validation"
}

/// What a trial costs, with its name in specifications.
public enum TrialCost: String, Sendable, CaseIterable {
  /// The number of trained parameters.
  case parameters
  /// The wall-clock seconds of training.
  case seconds

  /// Whether the cost is a function of the configuration, so that a choice by it can be repeated.
  public var isDetermined: Bool { self == .parameters }

  /// Returns the cost of a run.
  package func value(of record: RunRecord) -> Double {
    switch self {
    case .parameters: Double(record.parameterCount)
    case .seconds: record.trainingSeconds
    }
  }
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

/// The score of a trial.
package struct TrialScore: Sendable {
  /// The selection metric on the validation split.
  package let value: Double
  /// The share of the trial's training after which it was measured.
  package let share: Double
  /// The cost of the trial: the mean over its runs; nil if selection names none, or if the trial was
  /// pruned.
  package let cost: Double?

  init(value: Double, share: Double = 1, cost: Double? = nil) {
    self.value = value
    self.share = share
    self.cost = cost
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
  /// Only the trials that were trained furthest are compared: those trained to their end, unless none
  /// of these has a score. A row with a single trial has nothing to choose: the choice is trial 0,
  /// whatever its score.
  ///
  /// - Parameter scores: The available scores, by trial number.
  package func choice(for row: ExperimentRow, among scores: [Int: TrialScore]) -> Choice? {
    let share = scores.values.map(\.share).max()
    let furthest = scores.filter { $1.share == share }
    let best = choice(for: row, among: furthest.mapValues { $0.value })
    guard row.budget > 0, let tolerance, let best, let top = furthest[best.trial]?.value else {
      return best
    }
    let cheapest = furthest.filter { abs($1.value - top) <= tolerance }.min { a, b in
      let costs = (a.value.cost ?? .infinity, b.value.cost ?? .infinity)
      if costs.0 != costs.1 { return costs.0 < costs.1 }
      return a.value.value == b.value.value
        ? a.key < b.key : isBetter(a.value.value, than: b.value.value)
    }
    guard let cheapest, cheapest.key != best.trial else { return best }
    return Choice(trial: cheapest.key, runnerUp: nil, margin: 0)
  }

  /// Returns the trials that no other one dominates, by number, the cheapest first: none is at least
  /// as good at no greater cost and better in one of the two.
  ///
  /// Only trials that were trained to their end have a cost.
  package func undominated(_ scores: [Int: TrialScore]) -> [(trial: Int, score: TrialScore)] {
    var front: [(trial: Int, score: TrialScore)] = []
    let ordered = scores.filter { $1.cost != nil }.sorted { a, b in
      let costs = (a.value.cost ?? 0, b.value.cost ?? 0)
      if costs.0 != costs.1 { return costs.0 < costs.1 }
      return a.value.value == b.value.value
        ? a.key < b.key : isBetter(a.value.value, than: b.value.value)
    }
    for (trial, score) in ordered {
      guard let last = front.last?.score else {
        front.append((trial, score))
        continue
      }
      let isBetter = isBetter(score.value, than: last.value)
      if isBetter || (score.value == last.value && score.cost == last.cost) {
        front.append((trial, score))
      }
    }
    return front
  }

  /// Returns the choice among trials that were all trained equally far.
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

  /// Returns the score of every trial that has one, with the share of its training that was done.
  ///
  /// The score of a pruned trial is the mean over its runs of the metric that they would have ended
  /// with, had they been declared with the epochs that they were trained for.
  ///
  /// - Throws: ``Diagnostic`` if a grid has no such task or scenario.
  package func scores(of outcomes: [(trial: Int, outcome: RunOutcome)], runSeeds: [Int]) throws
    -> [Int: TrialScore]
  {
    let pruned = Set(outcomes.filter { $0.outcome.pause != nil }.map(\.trial))
    let views = outcomes.filter { !pruned.contains($0.trial) }.compactMap { trial, outcome in
      outcome.record.map { ValidationView(trial: trial, of: $0) }
    }
    let records = Dictionary(grouping: outcomes, by: \.trial)
      .mapValues { $0.compactMap(\.outcome.record) }
    var scores: [Int: TrialScore] = [:]
    for (trial, value) in try self.scores(of: views, runSeeds: runSeeds) {
      let costs = cost.map { cost in records[trial, default: []].map(cost.value) } ?? []
      scores[trial] = TrialScore(
        value: value, cost: costs.isEmpty ? nil : costs.reduce(0, +) / Double(costs.count))
    }
    for (trial, runs) in Dictionary(grouping: outcomes, by: \.trial) where pruned.contains(trial) {
      let pauses = Dictionary(
        runs.compactMap { _, outcome in
          (outcome.pause ?? outcome.record.map(RunPause.init(of:))).map {
            ($0.configuration.seed, $0)
          }
        }, uniquingKeysWith: { first, _ in first })
      let values = runSeeds.compactMap { seed in
        pauses[seed]?.keptValues(higherIsBetter: metric.metric.higherIsBetter != false).last ?? nil
      }
      guard values.count == runSeeds.count else { continue }
      scores[trial] = TrialScore(
        value: values.reduce(0, +) / Double(values.count),
        share: runs.compactMap(\.outcome.pause?.share).min() ?? 1)
    }
    return scores
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

  /// Returns a score as strategies see it: the greater, the better.
  func merit(_ score: Double) -> Double {
    metric.metric.higherIsBetter == false ? -score : score
  }

  private func isBetter(_ a: Double, than b: Double) -> Bool {
    metric.metric.higherIsBetter == false ? a < b : a > b
  }
}
