import Configuration
import Datasets
import Foundation
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
  private let observer: @Sendable (TrainingEvent) -> Void
  private let note: @Sendable (String) -> Void

  /// Creates the executor.
  ///
  /// - Parameters:
  ///   - catalog: The models.
  ///   - dataset: The data set of every run of this executor.
  ///   - checkpointInterval: The wall time between two checkpoints.
  ///   - note: Receives a sentence if a checkpoint is damaged, so that the run starts over.
  ///   - observer: Receives every step, evaluation and checkpoint.
  public init(
    catalog: Catalog, dataset: Dataset, checkpointInterval: Duration = .seconds(60),
    note: @escaping @Sendable (String) -> Void = { _ in },
    observer: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) {
    self.catalog = catalog
    self.dataset = dataset
    self.checkpointInterval = checkpointInterval
    self.note = note
    self.observer = observer
  }

  /// Trains, evaluates and writes the weights and curves; see ``RunExecutor``.
  ///
  /// TensorBoard can follow the curves during the run.
  public func execute(
    _ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl
  ) throws -> RunRecord? {
    try configuration.checkSemanticsAreCurrent()
    try configuration.checkIsOn(dataset)
    if configuration.isExternal { return try judge(configuration, in: directory) }
    let entry = try catalog.entry(configuration.model)
    let seed = UInt64(bitPattern: Int64(configuration.seed))
    let model = try entry.build(configuration.settings, for: dataset.problem, seed: seed)
    let session = try TrainingSession(
      model: model, options: try TrainingOptions(overriding: configuration.training),
      training: dataset.training, validation: dataset.validation, seed: seed)
    let checkpoints = CheckpointPolicy(
      path: directory.checkpointPath, interval: checkpointInterval,
      configurationDigest: configuration.id)
    if directory.hasCheckpoint { try resume(session, from: checkpoints, in: directory) }
    let scalars = try TensorBoardWriter(folder: directory.path, step: session.step)
    let result = try session.run(
      checkpoints: checkpoints,
      observer: { event in
        observer(event)
        try control.checkOwnership()
        switch event {
        case .step(let report):
          control.tell(
            RunProgress(
              step: report.step, epoch: report.epoch + 1, rowsPerSecond: report.rowsPerSecond,
              plannedSteps: report.plannedStepCount))
        case .evaluated(let point, _): try scalars.write(point)
        case .savedCheckpoint: break
        }
      }, shouldStop: { control.stop.isRequested })
    guard case .finished(let outcome) = result else { return nil }
    let test = try model.evaluate(
      on: dataset.test, batchSize: session.options.evaluationBatchSize,
      precision: session.options.precision)
    try control.checkOwnership()
    try write(outcome, of: model, configuration, to: directory)
    return record(
      outcome, test: test.grid, configuration, deviations: entry.card.deviations,
      precision: session.options.precision)
  }

  /// Continues from the checkpoint; a damaged one is removed, so that training starts over.
  private func resume(
    _ session: TrainingSession, from checkpoints: CheckpointPolicy, in directory: RunDirectory
  ) throws {
    do { try session.resume(from: checkpoints) } catch {
      guard let damage = checkpoints.damage() else { throw error }
      note("\(damage): the run starts over")
      directory.removeCheckpoint()
    }
  }

  private func write(
    _ outcome: TrainingOutcome, of model: BuiltModel, _ configuration: RunConfiguration,
    to directory: RunDirectory
  ) throws {
    try WeightFile.save(
      model, to: directory.weightsPath,
      metadata: ["configuration": configuration.value.canonicalJSON])
    let lines = outcome.curve.map { $0.configuration.canonicalJSON + "\n" }
    try AtomicFile.write(directory.curvesPath, bytes: lines.joined().utf8)
  }

  private func record(
    _ outcome: TrainingOutcome, test: MetricGrid, _ configuration: RunConfiguration,
    deviations: [String], precision: MatrixPrecision
  ) -> RunRecord {
    RunRecord(
      configuration: configuration, deviations: deviations, notes: outcome.notes,
      parameterCount: outcome.parameterCount,
      course: RunRecord.Course(
        steps: outcome.stepCount,
        epochs: Double(outcome.stepCount) / Double(outcome.stepsPerEpoch),
        stoppedEarly: outcome.stoppedEarly, bestStep: outcome.bestStep,
        bestEpoch: outcome.bestEpoch, trainingLoss: outcome.curve.map(\.loss.total),
        validationScore: outcome.curve.map { $0.value(of: outcome.monitor) }),
      validation: outcome.validation, test: test, ceilings: dataset.ceilings,
      timing: RunRecord.Timing(
        secondsPerEpoch: outcome.secondsPerEpoch, rowsPerSecond: outcome.rowsPerSecond,
        processorSecondsPerEpoch: outcome.processorSecondsPerEpoch),
      provenance: .current(precision: precision))
  }
}
