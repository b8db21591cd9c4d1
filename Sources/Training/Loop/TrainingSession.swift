import Configuration
import Ranking
import TensorCore

/// A session that trains one model on one data set: from fresh weights or a checkpoint to the best
/// weights by a validation metric, or to the last weights if the options say so.
///
/// ```swift
/// let session = try TrainingSession(
///   model: model, options: options, training: training, validation: validation, seed: 1)
/// guard case .finished(let outcome) = try session.run() else { return }
/// print(outcome.bestValue ?? .nan, outcome.bestStep)
/// ```
///
/// A session takes no test split, so neither training nor selection can see one. The same model,
/// options, data and seed give the same bits, regardless of the number of threads and of how often
/// training was stopped and resumed.
///
/// If the model was built for several ranks, every rank has its own session with the same arguments
/// and makes the same calls: together they train on the batches that one process would train on. The
/// bits then depend on the number of ranks too.
public final class TrainingSession {
  /// The model in training.
  public let model: BuiltModel
  /// The settings.
  public let options: TrainingOptions
  /// The seed of the row order and of the model's random draws during training, as far as the options
  /// do not fix it; see ``FixedSeeds``.
  public let seed: UInt64

  let keptRows: KeptRows?
  let batches: TrainingBatches
  let noise: RandomStreams
  let phases: [SessionPhase]
  let timeline: PhaseTimeline
  let balancing: Balancing?
  let validation: Validation
  let schedule: LearningRateSchedule
  var progress = TrainingProgress()
  var best: WeightSnapshot?
  var snapshots: [String: WeightSnapshot] = [:]
  var fitNotes: [String] = []

  /// Creates a session at its start.
  ///
  /// - Throws: ``Diagnostic`` if the options do not suit the problem (the metric to watch, the
  ///   number of task weights, names of scenarios), if the precision is not available, if a split is
  ///   empty or does not belong to the model's problem, if the options keep no training row, or if
  ///   the metric is undefined on the validation split.
  public init(
    model: BuiltModel, options: TrainingOptions, training: TrainingSplit,
    validation: ValidationSplit, seed: UInt64
  ) throws {
    let problem = training.rows.problem
    try options.check(for: model)
    guard training.rows.rowCount > 0 else { throw Diagnostic("the training split has no rows") }
    try problem.check(isThatOf: model, in: "the training split")
    try validation.rows.problem.check(isThatOf: model, in: "the validation split")
    let rows = try options.keptRows(of: training.rows)
    keptRows = rows as? KeptRows
    try Self.fitBuffers(of: model, to: rows)
    self.model = model
    self.options = options
    self.seed = seed
    self.validation = try Validation(
      validation, monitor: try MetricName(options.monitor), options: options)
    let batches = TrainingBatches(
      source: rows, batchSize: options.batchSize, reduction: options.lossReduction,
      taskWeights: options.taskWeights.isEmpty
        ? problem.tasks.map { _ in 1 } : options.taskWeights,
      streams: RandomStreams(seed: options.fixedSeeds.seed(of: .order, inRun: seed)),
      ranks: model.store.ranks)
    self.batches = batches
    phases = try model.phases.phases.map {
      try SessionPhase($0, model: model, options: options, batches: batches)
    }
    timeline = try PhaseTimeline(
      model.phases, totalSteps: options.epochs * batches.stepsPerEpoch,
      stepsPerEpoch: phases.map(\.batches.stepsPerEpoch))
    noise = RandomStreams(seed: options.fixedSeeds.seed(of: .noise, inRun: seed))
    balancing =
      model.linearModel == nil
      ? try Balancing(
        options, problem: problem,
        seed: options.fixedSeeds.seed(of: .initialization, inRun: seed),
        parameters: model.store.parameters) : nil
    schedule = LearningRateSchedule(options, stepsPerEpoch: batches.stepsPerEpoch)
  }

  /// Computes the state of a model that depends on numerical features, such as quantiles, from at
  /// most a hundred thousand evenly spaced training rows.
  private static func fitBuffers(of model: BuiltModel, to rows: any RowSource) throws {
    guard model.store.hasBuffersToFit else { return }
    let count = min(rows.rowCount, 100_000)
    let sample = try rows.batch(rows: (0..<count).map { Int32($0 * rows.rowCount / count) })
    model.store.fitBuffers(to: sample.batch.numericals)
  }

  /// The number of optimizer steps done.
  public var step: Int { progress.step }

  /// The curve so far, including points from before an interruption.
  public var curve: [CurvePoint] { progress.curve }

  /// The number of optimizer steps in one epoch; 1 for a model that is fitted exactly.
  public var stepsPerEpoch: Int { model.linearModel == nil ? batches.stepsPerEpoch : 1 }

  /// The number of optimizer steps in training unless it stops early.
  ///
  /// For a model that is fitted exactly, this is the maximum number of iterations for all tasks.
  public var plannedStepCount: Int {
    model.linearModel.map {
      $0.convergence.maximumIterations * model.problem.tasks.count
    } ?? timeline.stepCount
  }

  /// Trains from the current step to the end, or until asked to stop.
  ///
  /// A ``/Ranking/LinearModel`` is fitted to the optimum of its objective instead: one iteration is
  /// a step, the validation split is evaluated once, at the end, and there are no checkpoints.
  ///
  /// - Parameters:
  ///   - checkpoints: Where and how often to write checkpoints; nil for none.
  ///   - observer: Called after every step, evaluation and checkpoint.
  ///   - shouldStop: Called after every step. If it returns true, a checkpoint is written (if
  ///     `checkpoints` is given), and the session keeps its state: calling this method again
  ///     resumes training.
  /// - Returns: `finished`, with the final weights in the model, or `interrupted`.
  /// - Throws: ``Diagnostic`` if the loss or a prediction is not finite or a checkpoint cannot be
  ///   written; any error that `observer` throws; an error if rows cannot be read.
  public func run(
    checkpoints: CheckpointPolicy? = nil,
    observer: (TrainingEvent) throws -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws -> TrainingResult {
    if let linear = model.linearModel {
      return try fit(linear, observer: observer, shouldStop: shouldStop)
    }
    var timer = StepTimer(rowCount: progress.rowCount, interval: checkpoints?.interval)
    while !isFinished {
      let visit = timeline.visit(at: progress.step)
      let phase = phases[visit.phase]
      if progress.step == visit.steps.lowerBound { begin(phase) }
      let (epoch, position) = visit.phaseStep(at: progress.step)
        .quotientAndRemainder(dividingBy: phase.batches.stepsPerEpoch)
      let epochBatches = phase.batches.prefetched(epoch: epoch, from: position)
      while !isFinished, visit.steps.contains(progress.step), let batch = try epochBatches.next() {
        let learningRate = schedule.learningRate(atStep: progress.step)
        let terms = try takeStep(
          batch, of: phase, at: momentOfNextStep(visit), learningRate: learningRate)
        if progress.step == 1 { try checkAgreement() }
        progress.add(timer.endStep())
        try observer(
          .step(report(terms, rows: batch.batchRowCount, learningRate: learningRate, timer)))
        if isEvaluationDue {
          try evaluate(learningRate: learningRate, observer: observer)
          timer.skip()
        }
        if isFinished { break }
        let (stops, isDue) = decisions(stops: shouldStop(), isDue: timer.isCheckpointDue)
        if let checkpoints, stops || isDue {
          try save(to: checkpoints)
          try observer(.savedCheckpoint(step: progress.step))
          timer.skip()
          timer.restartInterval()
        }
        if stops { return .interrupted(step: progress.step) }
      }
    }
    best?.restore(to: model.store)
    model.moment = moment(afterStep: progress.stopping.bestStep)
    return .finished(try outcome())
  }

  /// Returns the decisions on which all ranks agree: to stop if any is asked to, and to write a
  /// checkpoint if it is time by the leader's clock.
  private func decisions(stops: Bool, isDue: Bool) -> (stops: Bool, isDue: Bool) {
    guard let ranks = model.store.ranks else { return (stops, isDue) }
    let all = ranks.gathered([stops, isDue], for: .control)
    return (all.contains { $0[0] }, all[0][1])
  }
}
