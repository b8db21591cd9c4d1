import Configuration

extension TrainingSession {
  /// Whether all steps are done.
  var isFinished: Bool {
    progress.step >= plannedStepCount
      || (options.keptWeights == .best
        && progress.stopping.isExhausted(patience: options.patience))
  }

  /// Whether the last step ended the run or one of the `evaluationsPerEpoch` equal parts of an
  /// epoch.
  var isEvaluationDue: Bool {
    if progress.step == plannedStepCount { return true }
    let done = (progress.step - 1) % stepsPerEpoch + 1
    func part(_ position: Int) -> Int { position * options.evaluationsPerEpoch / stepsPerEpoch }
    return part(done) > part(done - 1)
  }

  /// Evaluates on the validation split and, if the best weights are to be kept, keeps the weights
  /// if they are the best so far.
  func evaluate(learningRate: Double, observer: (TrainingEvent) throws -> Void) throws {
    try checkAgreement()
    model.moment = moment(afterStep: progress.step)
    let (grid, value, gates) = try validation.evaluate(model)
    var isBest = false
    switch options.keptWeights {
    case .best where !timeline.mayKeepWeights(afterStep: progress.step): break
    case .best:
      isBest = progress.stopping.record(
        try validation.defined(value), step: progress.step,
        higherIsBetter: validation.higherIsBetter)
      if isBest {
        if let best {
          best.update(from: model.store)
        } else {
          best = WeightSnapshot(of: model.store)
        }
        progress.bestGrid = grid
      }
    case .last:
      progress.stopping.keep(value, step: progress.step)
      progress.bestGrid = grid
    }
    let point = CurvePoint(
      step: progress.step, epoch: Double(progress.step) / Double(stepsPerEpoch),
      learningRate: learningRate, loss: progress.losses.means,
      validation: grid.curveMeasures(with: validation.monitor, value))
    progress.curve.append(point)
    progress.losses = LossSums()
    try observer(.evaluated(point, isBest: isBest))
    for sentence in progress.experts.warnings(after: gates) { try observer(.warning(sentence)) }
  }

  /// Evaluates the kept weights, which the model must have, by all metrics.
  func outcome() throws -> TrainingOutcome {
    guard progress.bestGrid != nil else {
      throw Diagnostic("training ended without an evaluation")
    }
    let grid = try validation.evaluateInFull(model)
    return TrainingOutcome(
      monitor: validation.monitor, bestValue: progress.stopping.bestValue,
      bestStep: progress.stopping.bestStep,
      bestEpoch: Double(progress.stopping.bestStep) / Double(stepsPerEpoch), validation: grid,
      curve: progress.curve, stepCount: progress.step, stepsPerEpoch: stepsPerEpoch,
      stoppedEarly: model.linearModel == nil && progress.step < plannedStepCount,
      trainingSeconds: progress.trainingSeconds, processorSeconds: progress.processorSeconds,
      operations: operations,
      rowCount: progress.rowCount, parameterCount: model.store.parameterCount,
      notes: model.notes
        + [
          keptRows?.note, model.phases.summary, balancing?.note(on: model.store.parameters),
        ].compactMap { $0 }
        + fitNotes)
  }
}

extension MetricGrid {
  /// Returns the measures that curves show, including the monitored metric, sorted by name.
  func curveMeasures(with monitor: MetricName, _ value: Double?) -> [CurvePoint.Measure] {
    var measures = curveMetrics.flatMap { metric -> [CurvePoint.Measure] in
      [
        .init(name: MetricName(metric, .macro), value: macro(metric).mean),
        .init(name: MetricName(metric, .pooled), value: pooled(metric).mean),
      ]
        + tasks.enumerated().flatMap { index, task -> [CurvePoint.Measure] in
          [
            .init(name: MetricName(metric, .task(task)), value: macro(metric, task: index).mean),
            .init(name: MetricName(metric, .taskPooled(task)), value: pooled[index][metric]),
          ]
        }
    }
    if !measures.contains(where: { $0.name == monitor }) {
      measures.append(.init(name: monitor, value: value))
    }
    return measures.sorted { $0.name.description < $1.name.description }
  }
}
