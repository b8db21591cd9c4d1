import Configuration
import Ranking

/// The world that a synthetic twin imitates: the features of a row, and the traffic of every
/// scenario.
struct SyntheticWorld: Sendable {
  /// The traffic of a leaf scenario.
  struct Traffic: Sendable {
    /// The share of impressions.
    var share: Double

    /// Clicks per impression.
    var ctr: Double

    /// Purchases per impression.
    var ctcvr: Double
  }

  /// The scenarios.
  var scenarios: ScenarioTree

  /// The traffic of every leaf, with shares that sum to 1.
  var traffic: [Traffic]

  /// The range of the number of impressions on a page, uniformly distributed.
  var pageSizes: ClosedRange<Int>

  /// The features shared by all impressions on a page: the user and the query.
  var page: FeatureSide

  /// The features specific to each impression: the item and its match to the query.
  var impression: FeatureSide

  /// The task names, in the order of label columns.
  static let taskNames = ["ctr", "ctcvr"]

  /// A click, and a purchase after it.
  private static let tasks = [
    RankingTask(name: taskNames[0]), RankingTask(name: taskNames[1], follows: taskNames[0]),
  ]

  /// Whether page features have the role of the user, and those of impressions that of the item.
  var hasRoles = false

  /// The problem of a data set from this world.
  var problem: Problem {
    let sides = [page, impression]
    var roles: [String: FeatureRole] = [:]
    if hasRoles {
      for name in page.names { roles[name] = .user }
      for name in impression.names { roles[name] = .item }
    }
    return Problem(
      fields: sides.flatMap(\.allFields).map(\.categoricalField),
      bags: sides.compactMap(\.bag).map(\.categoricalField),
      numericals: sides.flatMap(\.numericals), scenarios: scenarios,
      tasks: Self.tasks, roles: roles)
  }

  /// Returns the world with its rates multiplied according to the settings.
  ///
  /// - Throws: ``Diagnostic`` if a scenario would have impossible rates.
  func scaled(by settings: SyntheticSettings) throws -> SyntheticWorld {
    var result = self
    for (leaf, name) in scenarios.leafNames.enumerated() {
      let ctr = traffic[leaf].ctr * settings.ctrMultiplier
      let ctcvr = traffic[leaf].ctcvr * settings.ctcvrMultiplier
      guard ctr <= 0.5 else {
        throw Diagnostic(
          "ctrMultiplier is \(settings.ctrMultiplier), which makes the click-through rate of "
            + "\(name) \(ctr), but it must be at most 0.5")
      }
      guard ctcvr <= 0.5 * ctr else {
        throw Diagnostic(
          "ctcvrMultiplier is \(settings.ctcvrMultiplier), which makes the purchase rate of "
            + "\(name) \(ctcvr), but at most half of its clicks (\(0.5 * ctr)) can be purchases")
      }
      result.traffic[leaf].ctr = ctr
      result.traffic[leaf].ctcvr = ctcvr
    }
    return result
  }
}

/// The features of one side of an impression.
struct FeatureSide: Sendable {
  /// A categorical feature with `valueCount` values, whose ids are `1...valueCount`.
  struct Field: Sendable {
    var name: String
    var valueCount: Int

    /// The feature as seen by models: id 0 is reserved for unknown values, which do not occur here.
    var categoricalField: CategoricalField {
      CategoricalField(name: name, vocabularySize: valueCount + 1)
    }
  }

  /// The identifying field, such as the user; nil if there is none.
  ///
  /// The other fields are then fixed for each of its values.
  var identifier: Field?

  /// The other single-valued fields.
  var fields: [Field]

  /// The multi-valued field; nil if there is none.
  var bag: Field?

  /// The maximum number of values in the multi-valued field.
  var maximumBagSize = 0

  /// The names of the numerical features.
  var numericals: [String]

  /// All single-valued fields, the identifier first.
  var allFields: [Field] { (identifier.map { [$0] } ?? []) + fields }

  /// The names of all features.
  fileprivate var names: [String] {
    allFields.map(\.name) + (bag.map { [$0.name] } ?? []) + numericals
  }
}
