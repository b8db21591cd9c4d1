import Configuration

/// The metrics, in listing order.
///
/// To add a metric, write its file in `Metrics/Catalog` and list it here. Records keep the metrics
/// that they were written with.
public let metricCatalog: [Metric] = [
  .auc, .gauc, .logLoss, .copc, .ece,
  .averagePrecision, .relativeInformationGain, .brierScore,
  .ndcg(at: 10), .reciprocalRank, .hitRate(at: 10), .meanAveragePrecision,
  .conditionalAUC,
]

/// The metrics that every validation during training computes and that curves show.
///
/// The monitored metric is computed in addition. Records of runs have all of ``metricCatalog``.
let curveMetrics: [Metric] = [.auc, .gauc, .logLoss, .copc, .ece]

private let metricsByID = Dictionary(metricCatalog.map { ($0.id, $0) }) { first, _ in first }

extension Metric {
  /// Returns the metric of the catalog with an id, or nil.
  static func named(_ id: String) -> Metric? { metricsByID[id] }

  /// Finds a metric of the catalog by its id.
  ///
  /// - Throws: ``Diagnostic`` with the nearest id if there is none.
  public init(id: String) throws {
    guard let found = Metric.named(id) else {
      throw Diagnostic.unknown("metric", id, accepted: metricCatalog.map(\.id))
    }
    self = found
  }
}
