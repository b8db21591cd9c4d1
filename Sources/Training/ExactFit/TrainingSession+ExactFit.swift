import Configuration
import Ranking
import TensorCore

/// The training rows of a linear model, all in memory.
private struct LinearRows {
  let x: SparseRows
  /// The labels: `[rows, tasks]`, like the factors.
  let labels: Tensor
  /// The factors of the cross-entropies; see ``LossReduction``.
  let factors: Tensor

  init(_ source: any RowSource, model: any LinearModel, options: TrainingOptions) throws {
    let taskCount = source.problem.tasks.count
    var x = SparseRows(columnCount: model.weights.value.rowCount)
    var (labels, mask, leaves): ([Float], [Float], [Int32]) = ([], [], [])
    var rowWeights: [Float] = []
    for start in stride(from: 0, to: source.rowCount, by: options.evaluationBatchSize) {
      let end = min(source.rowCount, start + options.evaluationBatchSize)
      let rows = try source.batch(rows: (start..<end).map(Int32.init))
      x.append(model.features(of: rows.batch))
      labels += rows.labels.values
      mask += rows.mask.values
      leaves += rows.batch.leaves
      rowWeights += rows.weights ?? Array(repeating: 1, count: end - start)
    }
    self.x = x
    self.labels = Tensor(labels, shape: [source.rowCount, taskCount])
    let defined = Tensor(mask, shape: [source.rowCount, taskCount])
    let leafCount = source.problem.scenarios.leafCount
    factors = options.lossReduction.weights(
      mask: defined, leaves: leaves, leafCount: leafCount,
      taskWeights: Array(repeating: 1, count: taskCount))
    options.lossReduction.weighting(
      factors, byRows: rowWeights, mask: defined, leaves: leaves, leafCount: leafCount)
  }

  /// Returns the objective of a task, or nil if the task is defined on no row.
  func objective(task: Int, penalties: [Double]) -> LogisticObjective? {
    let factors = column(task, of: factors).map(Double.init)
    let sum = factors.reduce(0, +)
    guard sum > 0 else { return nil }
    return LogisticObjective(
      x, labels: column(task, of: labels), factors: factors.map { $0 / sum },
      penalties: penalties)
  }

  private func column(_ task: Int, of tensor: Tensor) -> [Float] {
    let values = tensor.values
    return stride(from: task, to: values.count, by: tensor.columnCount).map { values[$0] }
  }
}

extension TrainingSession {
  /// Fits a linear model to the minimum of its objective, task by task.
  ///
  /// A step is one iteration, and an epoch is one iteration over all rows. There is no early
  /// stopping and no checkpoint: an interrupted fit starts over and gives the same bits.
  func fit(
    _ linear: any LinearModel, observer: (TrainingEvent) throws -> Void, shouldStop: () -> Bool
  ) throws -> TrainingResult {
    progress = TrainingProgress()
    best = nil
    fitNotes = [
      "Fitted to the optimum of its training objective: the trainer's optimizer, learning rate, "
        + "batch size, epochs and patience have no part in it."
    ]
    if !options.balancing.isPlainSum {
      fitNotes.append("The balancer '\(options.balancing.id)' has no part in an exact fit.")
    }
    var timer = StepTimer(rowCount: 0, interval: nil)
    let tasks = model.problem.tasks.map(\.name)
    let rows = try LinearRows(batches.source, model: linear, options: options)
    let values = linear.weights.value
    values.assign(Tensor(zeros: values.shape))
    var terms: [LossTerms] = []
    for (task, name) in tasks.enumerated() {
      guard let objective = rows.objective(task: task, penalties: linear.penalties) else {
        fitNotes.append("The task '\(name)' is defined on no training row: its weights are 0.")
        continue
      }
      let solver = LBFGS(
        tolerance: linear.convergence.tolerance,
        maximumIterations: linear.convergence.maximumIterations)
      func lossTerms(_ sample: LBFGS.Sample) -> LossTerms {
        let penalty = objective.penalty(objective.weights(sample.point))
        return LossTerms(
          total: sample.value, crossEntropy: sample.value - penalty,
          auxiliary: [.init(name: "l2", value: penalty)])
      }
      let result = try solver.minimum(
        from: Array(repeating: 0, count: objective.featureCount),
        evaluate: { point in
          let sample = objective.sample(point)
          progress.rowCount += batches.source.rowCount
          guard sample.value.isFinite else {
            throw Diagnostic("the objective of the task '\(name)' is \(sample.value)")
          }
          return sample
        },
        observe: { _, sample in
          progress.step += 1
          progress.add(timer.endStep())
          try observer(
            .step(
              StepReport(
                step: progress.step, plannedStepCount: plannedStepCount, epoch: progress.step - 1,
                rowCount: batches.source.rowCount, learningRate: 0, loss: lossTerms(sample),
                rowsPerSecond: timer.rowsPerSecond(rowCount: progress.rowCount))))
          return !shouldStop()
        })
      guard let result else { return .interrupted(step: progress.step) }
      if !result.hasConverged {
        fitNotes.append(
          "The fit of the task '\(name)' did not converge: after \(result.iterations) iterations "
            + "the scaled norm of the gradient is \(result.sample.gradientNorm), above the "
            + "tolerance of \(linear.convergence.tolerance).")
      }
      terms.append(lossTerms(result.sample))
      for (feature, weight) in objective.weights(result.sample.point).enumerated() {
        values.withUnsafeMutableBufferPointer { $0[feature * tasks.count + task] = Float(weight) }
      }
    }
    for term in terms { progress.losses.add(term) }
    try evaluate(learningRate: 0, observer: observer)
    return .finished(try outcome())
  }
}
