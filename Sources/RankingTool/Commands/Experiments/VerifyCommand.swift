import ArgumentParser
import Configuration
import Datasets
import Experiments
import Foundation
import Training

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Retrain the runs of a results folder and report how closely they are reproduced.",
    discussion: """
      Every run is trained with the configuration of its record. On the same processor and libraries \
      the numbers are bit-identical; elsewhere sums round differently, and training amplifies this. \
      Runs that selected the settings are not repeated, nor are external predictions. The exit status \
      is 1 if a mean or pooled value of the metric differs by more than the tolerance; single scenarios, \
      which may have few rows, are only reported.

      Example:
        aesm2 verify results/quickstart --runs 1
        aesm2 verify results/quickstart --runs 4 --store verified --metric logLoss
      """)

  @Argument(help: "The results folder, or its runs.jsonl.")
  var results: String

  @Option(help: "The specification, whose data are used (default: that of the same name).")
  var spec: String?

  @Option(help: "The cache folder of the data, instead of a specification.")
  var data: String?

  @Option(help: "The number of runs, the first of every row first (default: all).")
  var runs: Int?

  @Option(help: "The metric whose differences are told.")
  var metric = "auc"

  @Option(help: "The largest difference that is accepted.")
  var tolerance = 0.005

  @Option(
    help:
      "Keep the new runs in this folder; a run that is done there is not trained again (default: a temporary one)."
  )
  var store: String?

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    try check(runs ?? 1, named: "--runs", in: 1...1_000_000)
    guard (0...1).contains(tolerance) else {
      throw ValidationError("--tolerance is \(tolerance), but must be a number from 0 to 1")
    }
    if spec != nil, data != nil {
      throw ValidationError("--spec and --data both name the data: give one of them")
    }
  }

  func run() throws {
    let stop = StopSignal.interrupt()
    let metric = try blamingCommandLine { try Metric(id: self.metric) }
    try threads.applyForProducts()
    let known = try RunCollection.reportingProblems(of: [results])
    let chosen = Array(known.repeatableResults.prefix(runs ?? .max))
    guard !chosen.isEmpty else {
      throw Diagnostic("has no finished run of a table that can be trained again").at(results)
    }
    for (_, record) in chosen {
      try locating("run \(record.id.prefix(8))") {
        try record.configuration.checkSemanticsAreCurrent(
          orElse: ": check out the commit of its record to repeat it")
        guard record.hasValue(of: metric) else { throw Diagnostic("has no value of \(metric)") }
      }
    }
    let dataset = try dataset()
    for (_, record) in chosen { try record.configuration.checkIsOn(dataset) }
    let verifications = try inStore { store in
      try chosen.enumerated().map { index, entry in
        let repeated = try repeated(entry.record, on: dataset, in: store, stop: stop)
        let verification = Verification(entry.record, repeated: repeated)
        StandardError.say(
          "\(index + 1)/\(chosen.count) \(entry.row), seed \(entry.record.configuration.seed): "
            + (verification.isExact
              ? "the same to the last bit"
              : "within \(decimals(verification.difference(in: metric, cells: false).value))"))
        return (row: entry.row, verification)
      }
    }
    try conclude(verifications, metric)
  }

  /// Opens the data of the results, by the specification of the same name if none is given.
  private func dataset() throws -> Dataset {
    if let data { return try DataOptions.parse(["--data", data]).open() }
    let folder = URL(fileURLWithPath: results)
    let name =
      (folder.pathExtension == "jsonl" ? folder.deletingLastPathComponent() : folder)
      .lastPathComponent
    let path = spec ?? "experiments/\(name).yaml"
    guard access(path, R_OK) == 0 || spec != nil else {
      throw Diagnostic(
        "there is no '\(path)' that tells the data of the runs: give --spec or --data"
      ).at(results)
    }
    let experiment = try ExperimentOptions(spec: path, store: "runs")
    return try experiment.dataset(
      of: try experiment.specification(), verifyingDigests: true)
  }

  /// Calls `body` with the store of the new runs, which is removed afterwards if none is named.
  private func inStore<Result>(_ body: (RunStore) throws -> Result) throws -> Result {
    if let store { return try body(RunStore(at: store)) }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("aesm2-verify-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(RunStore(at: folder))
  }

  private func repeated(
    _ record: RunRecord, on dataset: Dataset, in store: RunStore, stop: StopSignal
  ) throws -> RunRecord {
    let directory = try store.prepare(record.configuration)
    let executor = TrainingRunExecutor(
      catalog: RankingTool.catalog, dataset: dataset, note: StandardError.say)
    let end = try RunAttempt(
      in: directory, executor: executor, control: RunControl(stop: stop), pauses: false
    ).perform()
    switch end {
    case .finished: break
    case .failed(let sentence): throw Diagnostic(sentence).at("run \(record.id.prefix(8))")
    case .heldElsewhere:
      throw Diagnostic("another process is training in \(directory.path)")
    case .stopped, .paused, .killed, .lost:
      throw Interruption.end(
        stop,
        self.store == nil
          ? "stopped; give --store to keep the runs"
          : "stopped; the same command goes on from here")
    }
    guard let repeated = try directory.outcome()?.record else {
      throw Diagnostic("has no record").at(directory.path)
    }
    return repeated
  }

  private func conclude(
    _ verifications: [(row: String, verification: Verification)], _ metric: Metric
  ) throws {
    let count = counted(verifications.count, "run")
    let exact = verifications.count(where: \.verification.isExact)
    guard exact < verifications.count else {
      return print("reproduced exactly: all numbers of \(count) are the same to the last bit")
    }
    func worst(cells: Bool) -> (amount: Double, place: String) {
      let all = verifications.map { row, verification in
        (verification.difference(in: metric, cells: cells), row, verification.record)
      }
      guard let largest = all.max(by: { $0.0.value < $1.0.value }), let place = largest.0.place
      else { return (0, "") }
      return (
        largest.0.value, " (\(place) of \(largest.1), seed \(largest.2.configuration.seed))"
      )
    }
    let (summary, cell) = (worst(cells: false), worst(cells: true))
    let environment = verifications.lazy.compactMap(\.verification.otherEnvironment).first
    let sentence =
      "within \(decimals(summary.amount)) in means and pooled values of \(metric)\(summary.place), "
      + "within \(decimals(cell.amount)) in single scenarios\(cell.place); \(exact) of \(count) the "
      + "same to the last bit" + (environment.map { "; \($0)" } ?? "")
    guard summary.amount <= tolerance else {
      throw Diagnostic(
        "not reproduced: the tolerance is \(tolerance), but the new runs are only \(sentence)")
    }
    print("reproduced \(sentence)")
  }

  /// Returns a difference rounded up, so that it is a bound.
  private func decimals(_ value: Double) -> String {
    guard value.isFinite else { return "∞" }
    return fixed((value * 10_000).rounded(.up) / 10_000, digits: 4)
  }
}

extension RunRecord {
  /// Whether any number of a metric is defined on any split.
  fileprivate func hasValue(of metric: Metric) -> Bool {
    RunSplit.allCases.contains { split in
      self[split].namedValues.contains { $0.name.metric == metric && $0.value != nil }
    }
  }
}
