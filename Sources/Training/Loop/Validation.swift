import Configuration
import Ranking
import TensorCore

/// The validation split of a session, with its labels read once, and the monitored metric.
struct Validation {
  let monitor: MetricName
  let higherIsBetter: Bool
  private let source: any RowSource
  private let keptWeights: KeptWeights
  private let batchSize: Int
  private let precision: MatrixPrecision
  private let table: LabelTable

  /// Reads the labels.
  ///
  /// - Throws: ``Diagnostic`` if the best weights are to be chosen but the split is empty or the
  ///   metric is undefined on it.
  init(_ split: ValidationSplit, monitor: MetricName, options: TrainingOptions) throws {
    source = split.rows
    keptWeights = options.keptWeights
    guard source.rowCount > 0 || keptWeights == .last else {
      throw Diagnostic(
        "the validation split has no rows, so no weights can be chosen by it: to train for all "
          + "epochs and keep the last weights, set keptWeights to last")
    }
    self.monitor = monitor
    batchSize = options.evaluationBatchSize
    precision = options.precision
    higherIsBetter = monitor.metric.higherIsBetter ?? true
    table = try LabelTable(reading: source, batchSize: batchSize)
    guard keptWeights == .best else { return }
    try table.checkDefines([monitor])
  }

  /// Evaluates a model by the metrics of curves and the monitored metric; `value` is the value of
  /// the latter, or nil if it is undefined, and `gates` the mean weights of its gates over all rows;
  /// of several ranks, over those of the rank.
  ///
  /// - Throws: ``Diagnostic`` if a prediction is not finite.
  func evaluate(
    _ model: BuiltModel
  ) throws -> (grid: MetricGrid, value: Double?, gates: [GateUse]) {
    let isOnCurves = curveMetrics.contains(monitor.metric)
    var gates = GateTally(
      tasks: source.problem.tasks.map(\.name), scenarioCount: 1, countsWeightsOnly: true)
    let grid = try grid(of: model, curveMetrics + (isOnCurves ? [] : [monitor.metric])) {
      gates.add($0.observations, scenario: 0, rowCount: $1)
    }
    return (grid, try grid.value(monitor), gates.uses)
  }

  /// Evaluates a model by the metrics of the catalog.
  ///
  /// - Throws: ``Diagnostic`` if a prediction is not finite.
  func evaluateInFull(_ model: BuiltModel) throws -> MetricGrid {
    try grid(of: model, metricCatalog)
  }

  private func grid(
    of model: BuiltModel, _ metrics: [Metric],
    observe: ((_ observer: Observer, _ rowCount: Int) -> Void)? = nil
  ) throws -> MetricGrid {
    let logits =
      source.rowCount == 0
      ? []
      : try model.predict(source, batchSize: batchSize, precision: precision, observe: observe)
    return table.grid(logits: logits, metrics: metrics)
  }

  /// Returns the value of the monitored metric, which must be defined if weights are chosen by it.
  func defined(_ value: Double?) throws -> Double {
    guard let value else {
      throw Diagnostic("the metric '\(monitor)' is not defined on the validation split")
    }
    return value
  }

  /// Describes which classes the rows of a metric have.
  static func counts(in grid: MetricGrid, monitor: MetricName, hasGroups: Bool) -> String {
    if monitor.metric.needsGroups, !hasGroups { return "its rows have no groups" }
    func sentence(_ task: String, _ cell: MetricCell, in scenario: String? = nil) -> String {
      "task '\(task)' has \(cell.positives) positives in \(cell.rows) rows"
        + (scenario.map { " of '\($0)'" } ?? "")
    }
    let tasks = zip(grid.tasks, grid.pooled)
    switch monitor.scope {
    case .macro, .pooled: return tasks.map { sentence($0, $1) }.joined(separator: ", ")
    case .task(let name), .taskPooled(let name):
      return tasks.filter { $0.0 == name }.map { sentence($0, $1) }.joined(separator: ", ")
    case .cell(let name, let scenario):
      return zip(grid.tasks, grid.cells).filter { $0.0 == name }.flatMap { task, cells in
        zip(grid.scenarios, cells).filter { $0.0 == scenario }.map {
          sentence(task, $1, in: scenario)
        }
      }.joined(separator: ", ")
    }
  }
}

/// The state of early stopping by one validation metric: when to stop and which weights to keep.
struct EarlyStopping: Sendable, Equatable {
  /// The best value so far, by the metric's direction; nil if undefined.
  private(set) var bestValue: Double?
  /// The number of steps done when it was measured.
  private(set) var bestStep = 0
  /// The number of evaluations since then.
  private(set) var badCount = 0

  init() {}

  init(bestValue: Double?, bestStep: Int, badCount: Int) {
    self.bestValue = bestValue
    self.bestStep = bestStep
    self.badCount = badCount
  }

  /// Records a new value and returns whether it is strictly better than all previous ones.
  mutating func record(_ value: Double, step: Int, higherIsBetter: Bool) -> Bool {
    if let bestValue, higherIsBetter ? value <= bestValue : value >= bestValue {
      badCount += 1
      return false
    }
    (bestValue, bestStep, badCount) = (value, step, 0)
    return true
  }

  /// Marks the current weights as those to keep, whatever their value.
  mutating func keep(_ value: Double?, step: Int) { (bestValue, bestStep) = (value, step) }

  /// Returns whether the last `patience` evaluations brought no improvement; always false for 0.
  func isExhausted(patience: Int) -> Bool { patience > 0 && badCount >= patience }
}
