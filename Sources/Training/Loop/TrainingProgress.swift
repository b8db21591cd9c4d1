import Configuration
import TensorCore

/// The progress of training: everything that a checkpoint holds besides tensors.
struct TrainingProgress: Sendable, Equatable {
  /// The number of optimizer steps done.
  var step = 0
  /// The number of training rows seen.
  var rowCount = 0
  /// The wall time of the steps.
  var trainingSeconds = 0.0
  /// The processor time of the steps, of all threads.
  var processorSeconds = 0.0
  /// The floating-point operations of all steps; nil if not all of them were counted.
  var operations: OperationCount? = OperationCount()
  /// The state of early stopping by the validation metric.
  var stopping = EarlyStopping()
  /// The validation measures of the best weights: those shown in curves and the monitored metric.
  var bestGrid: MetricGrid?
  /// The curve so far.
  var curve: [CurvePoint] = []
  /// The loss terms since the last point of the curve.
  var losses = LossSums()
  /// What evaluations have shown about experts.
  var experts = ExpertWatch()

  /// Adds the time of a step.
  mutating func add(_ seconds: (wall: Double, processor: Double)) {
    trainingSeconds += seconds.wall
    processorSeconds += seconds.processor
  }
}

/// Sums of loss terms over steps, from which means are computed.
struct LossSums: Sendable, Equatable {
  private(set) var stepCount = 0
  private(set) var sums = LossTerms(total: 0, crossEntropy: 0, auxiliary: [])

  init() {}

  init(stepCount: Int, sums: LossTerms) {
    self.stepCount = stepCount
    self.sums = sums
  }

  mutating func add(_ terms: LossTerms) {
    stepCount += 1
    sums.total += terms.total
    sums.crossEntropy += terms.crossEntropy
    Self.add(terms.auxiliary, to: &sums.auxiliary)
    Self.add(terms.balance, to: &sums.balance)
  }

  private static func add(_ terms: [LossTerms.Auxiliary], to sums: inout [LossTerms.Auxiliary]) {
    for term in terms {
      if let index = sums.firstIndex(where: { $0.name == term.name }) {
        sums[index].value += term.value
      } else {
        sums.append(term)
      }
    }
  }

  /// The means over the steps; a term missing from a step counts as 0.
  var means: LossTerms {
    let count = Double(max(1, stepCount))
    return LossTerms(
      total: sums.total / count, crossEntropy: sums.crossEntropy / count,
      auxiliary: sums.auxiliary.map { .init(name: $0.name, value: $0.value / count) },
      balance: sums.balance.map { .init(name: $0.name, value: $0.value / count) })
  }
}

extension TrainingProgress {
  /// The progress as stored in checkpoints.
  var configuration: ConfigurationValue {
    .object([
      "step": .integer(step),
      "rowCount": .integer(rowCount),
      "trainingSeconds": .number(trainingSeconds),
      "processorSeconds": .number(processorSeconds),
      "operations": operations.map { [$0.products, $0.others].configuration } ?? .null,
      "bestValue": stopping.bestValue?.configuration ?? .null,
      "bestStep": .integer(stopping.bestStep),
      "badCount": .integer(stopping.badCount),
      "bestGrid": bestGrid?.configuration ?? .null,
      "curve": .list(curve.map(\.configuration)),
      "lossStepCount": .integer(losses.stepCount),
      "lossSums": losses.sums.configuration,
      "experts": experts.configuration,
    ])
  }

  /// Creates the progress from ``configuration``.
  ///
  /// - Throws: ``Diagnostic``.
  init(configuration: ConfigurationValue) throws {
    let fields = try ConfigurationFields(configuration)
    step = try fields("step")
    rowCount = try fields("rowCount")
    trainingSeconds = try fields("trainingSeconds")
    processorSeconds = try fields("processorSeconds")
    let operations = try fields.optional("operations", [Int].self)
    self.operations = operations.flatMap {
      $0.count == 2 ? OperationCount(products: $0[0], others: $0[1]) : nil
    }
    stopping = EarlyStopping(
      bestValue: try fields.optional("bestValue"),
      bestStep: try fields("bestStep"),
      badCount: try fields("badCount"))
    let grid = try fields.value("bestGrid")
    if grid != .null {
      bestGrid = try MetricGrid(configuration: grid)
    }
    curve = try fields.list("curve").map(CurvePoint.init(configuration:))
    losses = LossSums(
      stepCount: try fields("lossStepCount"),
      sums: try LossTerms(configuration: fields.value("lossSums")))
    if fields.keys.contains("experts") {
      experts = try ExpertWatch(configuration: fields.value("experts"))
    }
  }
}
