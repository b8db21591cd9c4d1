import Ranking

/// How the settings of a row are chosen among its proposals.
public struct Selection: Sendable, Equatable {
  /// The rule.
  public var rule = SelectionRule.bestValidation
  /// The metric that proposals are compared by.
  public var metric = Metric.auc
  /// The task whose metric counts; nil for the mean over all tasks.
  public var task: String?
  /// The scenario whose metric counts, or `macro` or `pooled`.
  public var scenario = "macro"

  /// Creates the usual selection: by the mean validation AUC over tasks and scenarios.
  public init() {}

  /// The rule in words, as printed with every table.
  public var description: String {
    let tasks = task.map { "of \($0)" } ?? "averaged over the tasks"
    let rows =
      switch scenario {
      case "macro": "mean over scenarios"
      case "pooled": "all scenarios pooled"
      default: "scenario \(scenario)"
      }
    let best = metric.direction == .lower ? "lowest" : "highest"
    return "\(best) validation \(metric.title) \(tasks) (\(rows)), averaged over the search seeds"
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
  public let validation: MetricTable

  /// Creates the view of a run.
  public init(draw: Int, seed: Int, validation: MetricTable) {
    self.draw = draw
    self.seed = seed
    self.validation = validation
  }
}

extension Selection {
  /// Returns the chosen draw, or nil where no proposal has a defined score.
  ///
  /// The score of a proposal is the mean over its runs. A proposal counts only if it has a run on
  /// every search seed and each run defines the metric: a failed run rules its proposal out.
  public func chosenDraw(among views: [ValidationView], runSeeds: [Int]) -> Int? {
    switch rule {
    case .bestValidation:
      var best: (draw: Int, score: Double)?
      for draw in Set(views.map(\.draw)).sorted() {
        let runs = views.filter { $0.draw == draw }
        let scores = runSeeds.compactMap { seed in
          runs.first { $0.seed == seed }.flatMap { score($0.validation) }
        }
        guard scores.count == runSeeds.count else { continue }
        let mean = scores.reduce(0, +) / Double(scores.count)
        if let current = best, !isBetter(mean, than: current.score) { continue }
        best = (draw, mean)
      }
      return best?.draw
    }
  }

  /// Returns the score of one run: nil where the metric is undefined for one of the tasks.
  func score(_ table: MetricTable) -> Double? {
    let tasks = task.map { [$0] } ?? table.tasks
    let values = tasks.compactMap { table.value(metric, task: $0, column: scenario) }
    guard values.count == tasks.count, !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    return mean.isFinite ? mean : nil
  }

  private func isBetter(_ a: Double, than b: Double) -> Bool {
    metric.direction == .lower ? a < b : a > b
  }
}
