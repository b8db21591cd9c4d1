import Configuration
import Datasets
import Foundation
import MessagePassing
import Ranking
import TensorCore
import Training

/// Executes runs by training a model of the catalog on a data set.
///
/// The weights with the best monitored metric on the validation split are kept, and then evaluated
/// once on the test split.
public struct TrainingRunExecutor: RunExecutor {
  private let catalog: Catalog
  let dataset: Dataset
  private let checkpointInterval: Duration
  private let ranks: RankGroup?
  private let observer: @Sendable (TrainingEvent) -> Void
  private let note: @Sendable (String) -> Void

  /// Creates the executor.
  ///
  /// - Parameters:
  ///   - catalog: The models.
  ///   - dataset: The data set of every run of this executor.
  ///   - checkpointInterval: The wall time between two checkpoints.
  ///   - ranks: The ranks that train together, each with its own executor; nil for one.
  ///   - note: Receives a sentence if a checkpoint is damaged, so that the run starts over.
  ///   - observer: Receives every step, evaluation and checkpoint.
  public init(
    catalog: Catalog, dataset: Dataset, checkpointInterval: Duration = .seconds(60),
    ranks: RankGroup? = nil, note: @escaping @Sendable (String) -> Void = { _ in },
    observer: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) {
    self.catalog = catalog
    self.dataset = dataset
    self.checkpointInterval = checkpointInterval
    self.note = note
    self.ranks = ranks.flatMap { $0.count > 1 ? $0 : nil }
    self.observer = observer
  }

  /// Trains, evaluates and writes the weights and curves; see ``RunExecutor``.
  ///
  /// A model that is fitted exactly never pauses.
  ///
  /// TensorBoard can follow the curves during the run. Of several ranks, all of which call this, the
  /// leader writes the files.
  public func execute(
    _ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl
  ) throws -> RunRecord? {
    try configuration.checkSemanticsAreCurrent()
    try configuration.checkIsOn(dataset)
    if configuration.isExternal, ranks != nil {
      throw Diagnostic("the run measures predictions that were handed in: leave out --ranks")
    }
    if configuration.isExternal { return try judge(configuration, in: directory) }
    let entry = try catalog.entry(configuration.model)
    let seed = UInt64(bitPattern: Int64(configuration.seed))
    let options = try TrainingOptions(overriding: configuration.training)
    let model = try entry.build(
      configuration.settings, for: dataset.problem,
      seed: options.fixedSeeds.seed(of: .initialization, inRun: seed), ranks: ranks)
    let session = try TrainingSession(
      model: model, options: options, training: dataset.training, validation: dataset.validation,
      seed: seed)
    let checkpoints = CheckpointPolicy(
      path: directory.checkpointPath, interval: checkpointInterval,
      configurationDigest: configuration.id)
    let isResumed = hasCheckpoint(directory)
    let energy = EnergyMeter()
    if isResumed { try resume(session, from: checkpoints, in: directory) }
    let target = entry.isFittedExactly ? nil : control.target
    func hasReachedTarget() -> Bool {
      target.map { session.step / session.stepsPerEpoch >= $0 } ?? false
    }
    // A run that was killed between its checkpoint and its pause, or that was trained further than
    // is asked for here, takes no step.
    if hasReachedTarget() {
      control.pause(pause(of: session, configuration))
      return nil
    }
    let leads = ranks?.isLeader ?? true
    let scalars =
      try leads ? TensorBoardWriter(folder: directory.path, step: session.step) : nil
    let result = try session.run(
      checkpoints: checkpoints,
      observer: { event in
        observer(event)
        energy.update()
        try control.checkOwnership()
        switch event {
        case .step(let report):
          control.tell(
            RunProgress(
              step: report.step, epoch: report.epoch + 1, rowsPerSecond: report.rowsPerSecond,
              plannedSteps: report.plannedStepCount))
        case .evaluated(let point, _): try scalars?.write(point)
        case .warning, .savedCheckpoint: break
        }
      }, shouldStop: { control.stop.isRequested || hasReachedTarget() })
    guard case .finished(let outcome) = result else {
      if hasReachedTarget() { control.pause(pause(of: session, configuration)) }
      return nil
    }
    let test = try model.evaluate(
      on: dataset.test, batchSize: session.options.evaluationBatchSize,
      precision: session.options.precision)
    try control.checkOwnership()
    try write(outcome, of: model, configuration, to: directory)
    return record(
      outcome, test: test.grid, configuration, deviations: entry.card.deviations,
      work: try work(outcome, of: model, batchSize: session.options.batchSize),
      joules: isResumed ? nil : energy.joules(), precision: session.options.precision)
  }

  /// Continues from the checkpoint; a damaged one is removed, so that training starts over, unless
  /// several ranks train together.
  private func resume(
    _ session: TrainingSession, from checkpoints: CheckpointPolicy, in directory: RunDirectory
  ) throws {
    do { try session.resume(from: checkpoints) } catch {
      guard ranks == nil, let damage = checkpoints.damage() else { throw error }
      note("\(damage): the run starts over")
      directory.removeCheckpoint()
    }
  }

  private func pause(of session: TrainingSession, _ configuration: RunConfiguration) -> RunPause {
    let monitor = try? MetricName(session.options.monitor)
    let epochs = session.step / session.stepsPerEpoch
    return RunPause(
      configuration: configuration, epochs: epochs, steps: epochs * session.stepsPerEpoch,
      parameterCount: session.model.store.parameterCount,
      validationScore: session.curve.map { point in monitor.flatMap { point.value(of: $0) } },
      provenance: .current(precision: session.options.precision))
  }

  /// Returns whether there is a checkpoint, as seen by the leader.
  private func hasCheckpoint(_ directory: RunDirectory) -> Bool {
    guard let ranks else { return directory.hasCheckpoint }
    return ranks.broadcast([directory.hasCheckpoint ? 1 : 0]) == [1]
  }

  private func write(
    _ outcome: TrainingOutcome, of model: BuiltModel, _ configuration: RunConfiguration,
    to directory: RunDirectory
  ) throws {
    try WeightFile.save(
      model, to: directory.weightsPath,
      metadata: ["configuration": configuration.value.canonicalJSON])
    guard ranks?.isLeader ?? true else { return }
    try CurveFile.write(outcome.curve, to: directory.curvesPath)
  }

  /// Counts what a row takes, with the kept weights.
  private func work(
    _ outcome: TrainingOutcome, of model: BuiltModel, batchSize: Int
  ) throws -> RunRecord.Work {
    RunRecord.Work(
      forwardOperationsPerRow: try model.operationsPerRow(on: dataset.training, rows: batchSize),
      trainingOperationsPerRow: outcome.operationsPerRow,
      tableParameterCount: model.store.parameters.reduce(0) { $0 + ($1.isTable ? $1.count : 0) })
  }

  private func record(
    _ outcome: TrainingOutcome, test: MetricGrid, _ configuration: RunConfiguration,
    deviations: [String], work: RunRecord.Work, joules: Double?, precision: MatrixPrecision
  ) -> RunRecord {
    RunRecord(
      configuration: configuration, deviations: deviations, notes: outcome.notes,
      parameterCount: outcome.parameterCount, work: work,
      course: RunRecord.Course(
        steps: outcome.stepCount,
        epochs: Double(outcome.stepCount) / Double(outcome.stepsPerEpoch),
        stoppedEarly: outcome.stoppedEarly, bestStep: outcome.bestStep,
        bestEpoch: outcome.bestEpoch, trainingLoss: outcome.curve.map(\.loss.total),
        validationScore: outcome.curve.map { $0.value(of: outcome.monitor) }),
      validation: outcome.validation, test: test, ceilings: dataset.ceilings,
      timing: RunRecord.Timing(
        secondsPerEpoch: outcome.secondsPerEpoch, rowsPerSecond: outcome.rowsPerSecond,
        processorSecondsPerEpoch: outcome.processorSecondsPerEpoch,
        peakByteCount: peakResidentByteCount(), joules: joules),
      provenance: .current(precision: precision, ranks: ranks?.count))
  }
}
