import Ranking

extension SyntheticWorld {
  /// The AliExpress search data in five countries.
  ///
  /// Field sizes, rates and impressions are the published ones (Li et al., "Improving Multi-Scenario
  /// Learning to Rank in E-commerce by Exploiting Task Relationships in the Label Space", CIKM 2020,
  /// table 2). The table's 1.3 billion impressions of RU contradict its own rates; 129.5 million,
  /// its 3.6 million clicks over its rate of 2.78 %, are used.
  static let aliexpress: SyntheticWorld = {
    let countries: [(name: String, millionImpressions: Double, ctr: Double, ctcvr: Double)] = [
      ("RU", 129.5, 0.0278, 0.00048), ("ES", 31.6, 0.0266, 0.00060),
      ("FR", 27.4, 0.0201, 0.00054), ("NL", 17.7, 0.0216, 0.00078),
      ("US", 27.4, 0.0164, 0.00040),
    ]
    let total = countries.reduce(0) { $0 + $1.millionImpressions }
    let valueCounts = [11, 4, 7, 2, 33, 7, 50, 8, 8, 2, 2, 2, 2, 2, 2, 2]
    let fields = valueCounts.enumerated().map {
      FeatureSide.Field(name: "categorical_\($0.offset + 1)", valueCount: $0.element)
    }
    let numericals = (1...63).map { "numerical_\($0)" }
    return SyntheticWorld(
      scenarios: ScenarioTree(name: "country", values: countries.map(\.name)),
      traffic: countries.map {
        Traffic(share: $0.millionImpressions / total, ctr: $0.ctr, ctcvr: $0.ctcvr)
      },
      pageSizes: 5...15,
      page: FeatureSide(fields: Array(fields[..<9]), numericals: Array(numericals[..<23])),
      impression: FeatureSide(fields: Array(fields[9...]), numericals: Array(numericals[23...])))
  }()
}
