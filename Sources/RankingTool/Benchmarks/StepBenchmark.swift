import ArgumentParser
import Configuration
import Experiments
import MessagePassing
import Ranking
import TensorCore
import Training

struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Measure the training steps of one model.",
    discussion: """
      rows_per_s and step_s refer to the median step; rss_mb is the peak memory of the process; gflops \
      is the rate of the matrix products of a step, and peak_gflops the rate at the same precision \
      on large square matrices in this process. flops_per_row are the floating-point operations to \
      score a row, train_flops_per_row those of a training step, and product_flops_per_row the \
      part of these in matrix products.

      Example:
        aesm2 bench train --model aesm2 --experts 16 --threads 2 --json
        aesm2 bench train --model mmoe --precision bf16
        aesm2 bench train --model mmoe --vocabulary 1600000 --embedding-updates lazy
      """)

  @OptionGroup var measurement: MeasurementOptions

  @OptionGroup var memory: LimitedMemory

  func run() throws {
    if try memory.runInChild(consequence: "nothing was measured") { return }
    if let parent = memory.parent { StopSignal().requestWhenOrphaned(from: parent, grace: 0) }
    try measurement.report { workload, warmUp, steps in
      try StepBenchmark(workload: workload, warmUp: warmUp ?? 3, steps: steps ?? 20).measure()
    }
  }
}

/// The speed of whole training steps of one workload, including batch, tape and optimizer.
struct StepBenchmark {
  let workload: BenchmarkWorkload
  /// The number of unmeasured steps at the start.
  let warmUp: Int
  /// The number of measured steps.
  let steps: Int

  /// The ranks that train together; nil for one.
  var ranks: RankGroup?

  /// Trains the model, and returns the measurements beside the peak rate of matrix products.
  func measure() throws -> BenchmarkReport {
    let report = try measureSteps()
    let peak = MatrixProducts.bestPeakRate(workload.options.precision)
    return report.merging(["peak_gflops": .number(rounded(peak / 1e9))])
  }

  /// Trains the model, and returns the measurements.
  func measureSteps() throws -> BenchmarkReport {
    let model = try workload.model(ranks: ranks)
    let rows = workload.rows(stepCount: warmUp + steps)
    let session = try workload.session(model, on: rows)
    let clock = ContinuousClock()
    var start = clock.now
    var seconds: [Double] = []
    var (rowCount, rowCountWithWarmUp) = (0, 0)
    var operationsBefore = MatrixProducts.operationCount
    var operations = 0
    var loss = 0.0
    var (before, after) = (RankActivity(of: ranks), RankActivity(of: ranks))
    _ = try session.run(
      observer: { event in
        if case .step(let report) = event {
          let now = clock.now
          after = RankActivity(of: ranks)
          if report.step == warmUp { before = after }
          if report.step > warmUp {
            seconds.append((now - start) / .seconds(1))
            operations += MatrixProducts.operationCount - operationsBefore
            rowCount += report.rowCount
          }
          rowCountWithWarmUp += report.rowCount
          loss = report.loss.total
        }
        start = clock.now
        operationsBefore = MatrixProducts.operationCount
      }, shouldStop: { seconds.count >= steps })
    let memory = peakResidentByteCount() ?? 0
    let precision = workload.options.precision
    let step = median(seconds)
    let measured = Double(max(1, seconds.count))
    return BenchmarkReport(workload.description).merging([
      "blas": .string(precision.libraryDescription ?? Parallelism.blasDescription),
      "gflops": .number(rounded(Double(operations) / measured / step / 1e9)),
      "gflop_per_step": .number(rounded(Double(operations) / measured / 1e9)),
      "loss": .number(loss),
      "model_mb": .number(rounded(Double(modelByteCount(model)) / 1e6)),
      "parameters": .integer(model.store.parameterCount),
      "precision": .string(precision.rawValue),
      "rows_per_s": .number(rounded(Double(rowCount) / measured / step)),
      "rss_mb": .number(rounded(Double(memory) / 1e6)),
      "step_s": .number((step * 1e6).rounded() / 1e6),
      "step_s_max": .number(rounded(seconds.max() ?? 0)),
      "step_s_min": .number(rounded(seconds.min() ?? 0)),
      "steps": .integer(seconds.count), "threads": .integer(Parallelism.threadCount),
    ]).merging(after.figures(since: before, steps: measured))
      .merging(try operationFigures(session, rows, rowCount: rowCountWithWarmUp))
  }

  /// Returns the floating-point operations per row, as tapes count them; none for several ranks.
  private func operationFigures(
    _ session: TrainingSession, _ rows: any RowSource, rowCount: Int
  ) throws -> [String: ConfigurationValue] {
    guard let operations = session.operations, rowCount > 0 else { return [:] }
    let scoring = try session.model.operationsPerRow(
      on: TrainingSplit(rows), rows: workload.options.batchSize)
    func perRow(_ count: Int) -> ConfigurationValue { .number(Double(count) / Double(rowCount)) }
    return [
      "flops_per_row": scoring.map { .number($0) } ?? .null,
      "product_flops_per_row": perRow(operations.products),
      "train_flops_per_row": perRow(operations.total),
    ]
  }

  /// Returns the bytes of the weights and the two moments of Adam.
  private func modelByteCount(_ model: BuiltModel) -> Int { 3 * 4 * model.store.parameterCount }
}

extension MatrixProducts {
  /// Returns the highest rate over squares of several sizes, in floating-point operations per
  /// second.
  static func bestPeakRate(_ precision: MatrixPrecision = .fp32) -> Double {
    [1024, 1280, 1536].map { peakRate(size: $0, rounds: 5, precision: precision) }.max() ?? 0
  }
}
