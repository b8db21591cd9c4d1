import Configuration
import Ranking
import TensorCore

/// A world of few features and a chosen number of scenarios, for experiments on how the number, the
/// similarity and the size of scenarios matter.
///
/// Scenario `s`, from 0, belongs to group `g(s) = s mod groupCount`, so groups differ in size by at
/// most one, and each has frequent and rare scenarios. Its share of the impressions is proportional
/// to `(s + 1)^(-trafficSkew)`. All scenarios have the same rates, so a model gains nothing from
/// knowing them apart unless it also learns their functions.
struct ManyScenariosDesign: SyntheticDesign {
  @Setting("Number of scenarios.", in: 2...64)
  var scenarioCount = 16

  /// Between 1, which leaves nothing to find, and the number of scenarios.
  @Setting("Number of planted groups of scenarios.", in: 1...64)
  var groupCount = 4

  @Setting("Logit standard deviation of what the scenarios of a group have in common.", in: 0...4)
  var groupStrength = 0.7

  @Setting("Whether the groups are a level of the scenario tree, above the scenarios.")
  var groupLevel = false

  @Setting(
    "How unequal traffic is: scenario s has a share proportional to 1 / s to the power of this.",
    in: 0...2)
  var trafficSkew = 0.0

  @Setting("Whether hidden units saturate; otherwise every part is a polynomial of degree 1 or 2.")
  var unitsSaturate = true

  var teacher = SyntheticSettings()

  init() { teacher.sharedStrength = 0.7 }

  func validate() throws {
    guard groupCount <= scenarioCount else {
      throw Diagnostic(
        "groupCount is \(groupCount), but must be at most scenarioCount, which is \(scenarioCount)")
    }
  }

  var groups: PlantedGroups? {
    PlantedGroups(
      count: groupCount, groupOfLeaf: (0..<scenarioCount).map { $0 % groupCount },
      strength: groupStrength)
  }

  var world: SyntheticWorld {
    let names = (1...scenarioCount).map { "s\($0)" }
    let weights = (1...scenarioCount).map {
      (-trafficSkew * Double($0).naturalLogarithm).exponential
    }
    let total = weights.reduce(0, +)
    let scenarios = ScenarioTree.Level(name: "scenario", values: names)
    let groups = ScenarioTree.Level(name: "group", values: (1...groupCount).map { "g\($0)" })
    return SyntheticWorld(
      scenarios: groupLevel
        ? ScenarioTree(
          levels: [groups, scenarios], leaves: names.indices.map { [$0 % groupCount, $0] })
        : ScenarioTree(name: scenarios.name, values: names),
      traffic: weights.map { .init(share: $0 / total, ctr: 0.25, ctcvr: 0.1) },
      pageSizes: 2...4,
      page: FeatureSide(
        fields: [
          .init(name: "age_band", valueCount: 8), .init(name: "region", valueCount: 12),
          .init(name: "device", valueCount: 4),
        ],
        numericals: ["activity", "tenure", "spending"]),
      impression: FeatureSide(
        fields: [
          .init(name: "category", valueCount: 15), .init(name: "brand_tier", valueCount: 5),
          .init(name: "price_band", valueCount: 10),
        ],
        numericals: ["popularity", "freshness", "relevance"]),
      hasRoles: true)
  }
}
