import ArgumentParser
import Configuration
import Experiments
import TensorCore

struct BenchScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Measure the scoring of one model: forward passes in evaluation mode.",
    discussion: """
      Example:
        aesm2 bench score --model ple --threads 2 --json
      """)

  @OptionGroup var measurement: MeasurementOptions

  func run() throws {
    try measurement.report { workload, warmUp, steps in
      try ScoringBenchmark(workload: workload, warmUp: warmUp ?? 5, steps: steps ?? 40).measure()
    }
  }
}

/// The speed of scoring: forward passes in evaluation mode over in-memory batches.
struct ScoringBenchmark {
  let workload: BenchmarkWorkload
  /// The number of unmeasured batches at the start.
  let warmUp: Int
  /// The number of measured batches.
  let steps: Int

  /// Scores batches, and returns the measurements.
  func measure() throws -> BenchmarkReport {
    let model = try workload.model()
    let size = workload.options.batchSize
    let rows = workload.rows(stepCount: warmUp + steps)
    let batchCount = min(rows.rowCount / size, warmUp + steps)
    guard batchCount > 0 else {
      throw Diagnostic("the rows do not fill one batch of \(size)")
    }
    let batches = try (0..<batchCount).map { index in
      try rows.batch(rows: (Int32(index * size)..<Int32((index + 1) * size)).map { $0 }).batch
    }
    let precision = workload.options.precision
    try precision.checkAvailable()
    let clock = ContinuousClock()
    var seconds: [Double] = []
    var operations = 0
    for index in 0..<warmUp + steps {
      let before = MatrixProducts.operationCount
      let time = clock.measure {
        MatrixPrecision.$current.withValue(precision) {
          _ = model(batches[index % batchCount], in: .evaluation())
        }
      }
      guard index >= warmUp else { continue }
      seconds.append(time / .seconds(1))
      operations += MatrixProducts.operationCount - before
    }
    let memory = peakResidentByteCount() ?? 0
    let step = median(seconds)
    return BenchmarkReport(workload.description).merging([
      "gflops": .number(rounded(Double(operations) / Double(steps) / step / 1e9)),
      "precision": .string(precision.rawValue),
      "rows_per_s": .number(rounded(Double(size) / step)),
      "rss_mb": .number(rounded(Double(memory) / 1e6)),
      "step_s": .number((step * 1e6).rounded() / 1e6), "steps": .integer(steps),
      "threads": .integer(Parallelism.threadCount),
    ])
  }
}
