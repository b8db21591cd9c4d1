import ArgumentParser
import Configuration
import Experiments
import Training

struct RunsCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare finished runs, or sets of runs paired by seed.",
    discussion: """
      Shows the settings that differ, metrics side by side and the course of training, each with the \
      difference from the first run. An argument is the id of a run (or its first digits), or \
      conditions separated by commas, which select a set of runs. Of sets, the table shows mean ± \
      standard deviation, and the mean difference over common seeds with the p-value of a paired \
      t-test.

      Example:
        aesm2 runs compare 862e 1591 --from results/kuairand-pure
        aesm2 runs compare model=shared-bottom model=mmoe --from results/quickstart
        aesm2 runs compare row=MMoE,purpose=result row=PLE,purpose=result \\
          --from results/kuairand-pure --metric gauc
      """)

  @Argument(help: "Two or more runs, or conditions that select sets of runs.")
  var selections: [String]

  @OptionGroup var source: RunSourceOptions

  @Option(
    name: .customLong("metric"),
    help: "A metric such as auc, or a number such as auc/click; repeatable (default: auc, logLoss)."
  )
  var metrics: [String] = []

  @Flag(help: "Include the values of single scenarios.")
  var cells = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (2...26).contains(selections.count) else {
      throw ValidationError("give from 2 to 26 runs or sets of runs, not \(selections.count)")
    }
  }

  func run() throws {
    let runs = try source.runs()
    let comparison = try blamingCommandLine {
      try RunComparison(try selections.map { try side($0, of: runs) })
    }
    let listing = RunComparisonListing(
      comparison, names: try blamingCommandLine { try names(of: comparison) })
    print(json ? listing.value.canonicalJSON : printable(listing.text))
  }

  private func side(_ text: String, of runs: RunCollection) throws -> RunComparison.Side {
    guard RunCondition.isCondition(text) else {
      let run = try runs.run(text)
      let own = run.configuration
      guard let record = run.record else {
        throw Diagnostic("is \(run.state.rawValue), so it has nothing to compare").at(run.id)
      }
      return RunComparison.Side(
        label: "\(run.id.prefix(12)), \(own.model), seed \(own.seed)", records: [record])
    }
    let conditions = try RunCondition.list(text, among: runs.runs)
    let chosen = runs.runs.filter { run in conditions.allSatisfy { $0.isMet(by: run) } }
    return RunComparison.Side(label: text, records: chosen.compactMap(\.record))
  }

  /// Returns the numbers to be shown for each split.
  private func names(of comparison: RunComparison) throws -> [RunSplit: [MetricName]] {
    var names: [RunSplit: [MetricName]] = [:]
    for split in RunSplit.allCases {
      let known = comparison.metricNames(on: split, cells: true)
      let listed = cells ? known : comparison.metricNames(on: split, cells: false)
      for text in metrics.isEmpty ? ["auc", "logLoss"] : metrics {
        guard text.contains("/") else {
          let metric = try Metric(id: text)
          names[split, default: []] += listed.filter { $0.metric == metric }
          continue
        }
        let name = try MetricName(text)
        guard known.contains(name) else {
          throw Diagnostic.unknown("metric", text, accepted: known.map(\.description))
        }
        names[split, default: []].append(name)
      }
    }
    return names
  }
}
