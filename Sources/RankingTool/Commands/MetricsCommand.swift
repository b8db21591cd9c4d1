import ArgumentParser
import Training

struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "List the metrics, or describe one.",
    discussion: """
      Run records have all metrics. A specification lists those that its tables show (metrics: [auc, \
      ndcg@10]); monitor and selection name a single number: auc/macro, logLoss/click, \
      ndcg@10/click/pooled.

      Example:
        aesm2 metrics
        aesm2 metrics ndcg@10
        aesm2 metrics gauc --json
      """)

  @Argument(help: "The metric to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let metrics = metricCatalog.map(MetricDescription.init)
    print(try blamingCommandLine { try metrics.listing(name: name, json: json) })
  }
}
