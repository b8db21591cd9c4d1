import Configuration
import Ranking
import TensorCore

extension TrainingSession {
  /// Trains on one batch.
  func takeStep(
    _ share: TrainingBatches.Prepared, of phase: SessionPhase, at moment: TrainingMoment,
    learningRate: Double
  ) throws -> LossTerms {
    let ranks = model.store.ranks
    let batch = batches.weighedOverRanks(share)
    let tape = Tape()
    let optimizer = phase.optimizer
    let context = ForwardContext.training(
      tape: tape, streams: noise, at: moment, frozen: phase.frozen, ranks: ranks)
    let predictions = MatrixPrecision.$current.withValue(options.precision) {
      model(batch.rows.batch, in: context)
    }
    let additional = predictions.additionalLosses(
      labels: batch.rows.labels, weights: batch.lossWeights,
      share: ranks == nil
        ? 1 : Double(batch.rows.batch.rowCount) / Double(batch.batchRowCount))
    try checkAddsUp(additional)
    var terms = LossTerms(
      total: 0, crossEntropy: 0,
      auxiliary: zip(additional, summed(additional.map { Double($0.value.value.scalar) })).map {
        .init(name: $0.name, value: $1)
      })
    let auxiliary = additional.filter { $0.weight != 0 }
      .map { $0.value.scaled(by: Float($0.weight)) }
    if let balancing {
      terms.balance = try balancing.step(
        batch, logits: predictions.logits, auxiliary: auxiliary.sum, tape: tape, context: context,
        optimizer: optimizer, store: model.store, learningRate: learningRate,
        predict: {
          let secondTape = Tape()
          defer { progress.count(secondTape) }
          let again = ForwardContext.training(
            tape: secondTape, streams: noise, at: moment, frozen: model.store.parameters,
            updatesBuffers: false, ranks: ranks)
          return MatrixPrecision.$current.withValue(options.precision) {
            model(batch.rows.batch, in: again).logits
          }
        },
        check: { total, plainSum in
          (terms.total, terms.crossEntropy) = (total, plainSum)
          try checkFinite(terms)
        })
    } else {
      let crossEntropy = predictions.logits.sigmoidCrossEntropy(
        labels: batch.rows.labels, weights: batch.lossWeights)
      let loss = auxiliary.reduce(crossEntropy, +)
      let sums = summed([Double(loss.value.scalar), Double(crossEntropy.value.scalar)])
      (terms.total, terms.crossEntropy) = (sums[0], sums[1])
      try checkFinite(terms)
      try optimizer.step(learningRate: learningRate) { tape.backward(from: loss, updating: $0) }
    }
    progress.count(tape)
    // The tapes of other ranks count the rest.
    if ranks != nil { progress.operations = nil }
    progress.step += 1
    progress.rowCount += batch.batchRowCount
    progress.losses.add(terms)
    return terms
  }

  /// Returns the sums over ranks of terms of the loss of their rows.
  private func summed(_ terms: [Double]) -> [Double] {
    guard let ranks = model.store.ranks, !terms.isEmpty else { return terms }
    return ranks.sum(terms)
  }

  private func checkAddsUp(_ losses: [Predictions.AuxiliaryLoss]) throws {
    guard model.store.ranks != nil, let loss = losses.first(where: { !$0.isMeanOverRows }) else {
      return
    }
    throw Diagnostic(
      "the auxiliary loss '\(loss.name)' is not a mean over rows, so the model cannot be trained by "
        + "several ranks")
  }

  private func checkFinite(_ terms: LossTerms) throws {
    let named =
      [("the cross-entropy", terms.crossEntropy)]
      + terms.auxiliary.map { ("the auxiliary loss '\($0.name)'", $0.value) }
      + [("the sum of the loss terms", terms.total)]
    guard let term = named.first(where: { !$0.1.isFinite }) else { return }
    let state = model.store.firstNonFiniteName.map { "\($0) is not finite" }
    throw Diagnostic(
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

extension [Variable] {
  /// The sum of the variables; nil if there are none.
  fileprivate var sum: Variable? { first.map { dropFirst().reduce($0, +) } }
}
