import Ranking

/// The five countries of ``SyntheticWorld/aliexpress``.
struct AliExpressDesign: SyntheticDesign {
  var teacher = SyntheticSettings()
  var world: SyntheticWorld { .aliexpress }
}

/// The entrances and card types of ``SyntheticWorld/entranceCard``.
struct EntranceCardDesign: SyntheticDesign {
  var teacher = SyntheticSettings()
  var world: SyntheticWorld { .entranceCard }
}

extension SyntheticWorld {
  /// The AliExpress search data from five countries.
  ///
  /// Field sizes, rates and impressions are the published ones (Li et al., "Improving
  /// Multi-Scenario Learning to Rank in E-commerce by Exploiting Task Relationships in the Label
  /// Space", CIKM 2020, table 2). The table's 1.3 billion impressions for RU contradict its own
  /// rates; 129.5 million is used instead, its 3.6 million clicks divided by its rate of 2.78 %.
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

extension SyntheticWorld {
  /// A financial search with entrances and card types, shaped like the production data of Zou et
  /// al., "Automatic Expert Selection for Multi-Scenario and Multi-Task Search", SIGIR 2022, whose
  /// numbers are not published.
  ///
  /// Shares and rates are our own: one large entrance with many rows and few purchases, and one
  /// small entrance with many purchases. Five of the twelve paths do not occur.
  static let entranceCard: SyntheticWorld = {
    let entrances = ["main-search", "wealth-tab", "home-feed"]
    let cards = ["fund", "insurance", "service", "content"]
    let paths: [(path: [Int], share: Double, ctr: Double, ctcvr: Double)] = [
      ([0, 0], 0.24, 0.060, 0.010), ([0, 1], 0.12, 0.045, 0.008), ([0, 2], 0.26, 0.090, 0.014),
      ([1, 0], 0.14, 0.110, 0.040), ([1, 1], 0.06, 0.080, 0.026),
      ([2, 0], 0.08, 0.050, 0.012), ([2, 3], 0.10, 0.075, 0.010),
    ]
    return SyntheticWorld(
      scenarios: ScenarioTree(
        levels: [
          .init(name: "entrance", values: entrances), .init(name: "card_type", values: cards),
        ], leaves: paths.map(\.path)),
      traffic: paths.map { Traffic(share: $0.share, ctr: $0.ctr, ctcvr: $0.ctcvr) },
      pageSizes: 3...9,
      page: FeatureSide(
        identifier: .init(name: "user", valueCount: 4000),
        fields: [
          .init(name: "age_band", valueCount: 8), .init(name: "city_tier", valueCount: 6),
          .init(name: "risk_level", valueCount: 5), .init(name: "channel", valueCount: 12),
        ],
        bag: .init(name: "interests", valueCount: 40), maximumBagSize: 6,
        numericals: (1...8).map { "user_statistic_\($0)" }),
      impression: FeatureSide(
        identifier: .init(name: "item", valueCount: 2000),
        fields: [
          .init(name: "category", valueCount: 24), .init(name: "provider", valueCount: 60),
          .init(name: "price_band", valueCount: 10),
        ],
        numericals: (1...10).map { "item_statistic_\($0)" }))
  }()
}
