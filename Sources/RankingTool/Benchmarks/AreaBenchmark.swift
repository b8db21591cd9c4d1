import ArgumentParser
import Experiments
import TensorCore
import Training

struct BenchAUCCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auc",
    abstract: "Measure the exact area under the ROC curve of random scores with ties.",
    discussion: """
      Example:
        aesm2 bench auc --rows 10000000 --threads 2
      """)

  @Option(help: "The number of scores.")
  var rows = 10_000_000

  @Option(help: "Repetitions; the median is reported.")
  var repetitions = 3

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try check(rows, named: "--rows", in: 1...1_000_000_000)
    try check(repetitions, named: "--repetitions", in: 1...1000)
  }

  func run() throws {
    threads.apply()
    AreaBenchmark(rowCount: rows, repetitions: repetitions).measure().print(json: json)
  }
}

/// The speed of the exact area under the ROC curve.
///
/// Row `i` uses the bits `z` of SplitMix64's hash of `i`: its score is the upper 20 bits as a
/// fraction, so that there are ties, and its label is 1 if the lower 20 bits are below an eighth of
/// the upper 20. Other programs can reproduce the same rows.
struct AreaBenchmark {
  let rowCount: Int
  let repetitions: Int

  /// Computes the area, and returns it with the elapsed time.
  func measure() -> BenchmarkReport {
    var scores: [Float] = []
    var labels: [Bool] = []
    scores.reserveCapacity(rowCount)
    labels.reserveCapacity(rowCount)
    for row in 0..<rowCount {
      let bits = RandomStream.mix(UInt64(row))
      let upper = bits >> 44
      scores.append(Float(upper) * 0x1p-20)
      labels.append((bits & 0xfffff) < upper / 8)
    }
    let clock = ContinuousClock()
    var area: Double?
    let seconds = (0..<repetitions).map { _ in
      clock.measure { area = areaUnderCurve(scores: scores, labels: labels) } / .seconds(1)
    }
    return BenchmarkReport([
      "auc": area.map { .number($0) } ?? .null, "rows": .integer(rowCount),
      "rows_per_s": .number(rounded(Double(rowCount) / median(seconds))),
      "rss_mb": .number(rounded(Double(peakResidentByteCount() ?? 0) / 1e6)),
      "seconds": .number(rounded(median(seconds))),
      "threads": .integer(Parallelism.threadCount),
    ])
  }
}
