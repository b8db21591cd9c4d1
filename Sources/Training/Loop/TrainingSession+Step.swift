import Ranking
import TensorCore

extension TrainingSession {
  /// Trains on one batch.
  func takeStep(_ batch: TrainingBatches.Prepared, learningRate: Double) throws -> LossTerms {
    let tape = Tape()
    let context = ForwardContext.training(
      tape: tape, streams: batches.streams, step: progress.step)
    let predictions = MatrixPrecision.$current.withValue(options.precision) {
      model(batch.rows.batch, in: context)
    }
    let crossEntropy = predictions.logits.sigmoidCrossEntropy(
      labels: batch.rows.labels, weights: batch.lossWeights)
    var loss = crossEntropy
    for term in predictions.auxiliaryLosses where term.weight != 0 {
      loss = loss + term.value.scaled(by: Float(term.weight))
    }
    let terms = LossTerms(
      total: Double(loss.value.scalar), crossEntropy: Double(crossEntropy.value.scalar),
      auxiliary: predictions.auxiliaryLosses.map {
        .init(name: $0.name, value: Double($0.value.value.scalar))
      })
    try checkFinite(terms)
    try optimizer.step(learningRate: learningRate) { tape.backward(from: loss, updating: $0) }
    progress.step += 1
    progress.rowCount += batch.rows.batch.rowCount
    progress.losses.add(terms)
    return terms
  }

  private func checkFinite(_ terms: LossTerms) throws {
    let named =
      [("the cross-entropy", terms.crossEntropy)]
      + terms.auxiliary.map { ("the auxiliary loss '\($0.name)'", $0.value) }
      + [("the sum of the loss terms", terms.total)]
    guard let term = named.first(where: { !$0.1.isFinite }) else { return }
    let state = model.store.firstNonFiniteName.map { "\($0) is not finite" }
    throw TrainingError(
      "step \(progress.step + 1): \(term.0) is \(term.1); "
        + (state ?? "all parameters are finite"))
  }

  func report(_ terms: LossTerms, rows: Int, learningRate: Double, _ timer: StepTimer) -> StepReport
  {
    StepReport(
      step: progress.step, plannedStepCount: plannedStepCount,
      epoch: (progress.step - 1) / stepsPerEpoch, rowCount: rows, learningRate: learningRate,
      loss: terms, rowsPerSecond: timer.rowsPerSecond(rowCount: progress.rowCount))
  }
}
