import Configuration
import Ranking
import TestKit

extension TwinCase {
  /// All cases of a model: it on every problem and axis, and each of its settings away from the default.
  static func all(of entry: CatalogEntry) -> [TwinCase] {
    let axes = entry.choices(of: entry.axisSetting)
    let defaults = TwinProblem.all.flatMap { problem in
      axes.map { TwinCase(entry: entry, problem: problem, chosen: $0) }
    }
    let others = changes(of: entry) + combined(entry) + heads(on: entry)
    let phased =
      defaults + others.filter { $0.phase == nil && $0.chosen.values.contains(where: \.isChoice) }
    return defaults + others + phased.flatMap(\.inLaterPhases)
      + (defaults + others).flatMap(\.inTraining)
  }

  /// The model with one setting changed, for every setting, where that changes anything: by default, in a later phase,
  /// on the tree of scenarios or beside another choice.
  private static func changes(of entry: CatalogEntry) -> [TwinCase] {
    var base = TwinCase(entry: entry, problem: .pair, chosen: [:])
    if entry.settings.contains(where: { $0.name == "growthEpochs" }) {
      (base.chosen, base.epoch) = (["growthEpochs": .integer(4)], 2.5)
    }
    let own = entry.settings.filter { isOwn($0, of: entry) }
    let places = [base] + base.inLaterPhases + [base.changed { $0.problem = .tree }]
    let besides = own.flatMap { entry.choices(of: $0) }.filter { !$0.isEmpty }
      .map { choice in base.changed { $0.chosen.merge(choice) { $1 } } }
    let results = (places + besides).map { ($0, try? $0.result()) }
    var cases = base.chosen.isEmpty ? [] : [base]
    for setting in own {
      let changed = values(of: setting, in: entry).compactMap { value in
        results.lazy.map { unchanged, result -> TwinCase? in
          let changed = unchanged.changed { $0.chosen[setting.name] = value }
          guard let result, let found = try? changed.result() else { return nil }
          return found.differs(from: result) ? changed : nil
        }.first { $0 != nil } ?? nil
      }
      cases += changed.prefix(setting.domain.isNumber ? 2 : changed.count)
    }
    return cases
  }

  private func changed(_ change: (inout TwinCase) -> Void) -> TwinCase {
    var result = self
    change(&result)
    return result
  }

  /// Other values of a setting; some may not suit the others.
  private static func values(
    of setting: SettingDeclaration, in entry: CatalogEntry
  ) -> [ConfigurationValue] {
    let number = setting.defaultValue.number
    switch setting.domain {
    case .flag, .choice:
      return entry.choices(of: setting).compactMap { $0[setting.name] }
        .filter { $0 != setting.defaultValue }
    case .wholeNumber:
      // Counts of eight and more are four here.
      let count = Int(number)
      return count >= 8
        ? [.integer(2)]
        : Set([count - 1, count + 1, count / 2, 2 * count]).sorted().map { .integer($0) }
    case .number: return [.number(number == 0 ? 0.25 : 1.75 * number)]
    case .list: return [.list([])]
    default: return []
    }
  }

  /// Whether a setting is changed: those that many models have, with some models only.
  private static func isOwn(_ setting: SettingDeclaration, of entry: CatalogEntry) -> Bool {
    if ["axis", "initialization", "head", "noise", "dropout"].contains(setting.name) {
      return false
    }
    let isCommon = (InputHyperparameters.settings + TowerHyperparameters.settings)
      .contains { $0.name == setting.name }
    return !isCommon || setting.name == "batchNorm"
      || ["logistic-regression", "fm", "deepfm", "mmoe"].contains(entry.card.id)
  }

  /// Settings whose changes meet.
  private static func combined(_ entry: CatalogEntry) -> [TwinCase] {
    let combinations: [[String: ConfigurationValue]] = [
      ["numericalInput": .string("field"), "scenarioFeature": .bool(false)],
      ["scenarioLayerCount": .integer(2), "taskLayerCount": .integer(2)],
      ["metaExpertCount": .integer(1), "taskExpertCount": .integer(1)],
    ]
    return combinations.filter { settings in
      settings.keys.allSatisfy { name in entry.settings.contains { $0.name == name } }
    }.map { TwinCase(entry: entry, problem: .pair, chosen: $0) }
  }

  /// The heads, and towers of several layers, on Shared-Bottom and on models that add to the log-odds of towers below
  /// the head, or have leaves of their own.
  private static func heads(on entry: CatalogEntry) -> [TwinCase] {
    let isThorough = entry.card.id == "shared-bottom"
    guard isThorough || ["deepfm", "resflow", "star", "aesm2"].contains(entry.card.id) else {
      return []
    }
    let layers: [String: ConfigurationValue] = ["towerSizes": .list([.integer(5), .integer(4)])]
    let deep = TwinCase(entry: entry, problem: .pair, chosen: layers)
    // Their losses are formed in training, where STAR has the moments of the batch.
    let heads = entry.card.id == "star" ? heads.prefix(2) : heads[...]
    return [deep]
      + heads.flatMap { head in
        (isThorough ? [TwinProblem.pair, .tree] : [.tree]).flatMap { problem in
          entry.choices(of: isThorough ? entry.axisSetting : nil).map { axis in
            TwinCase(entry: entry, problem: problem, chosen: axis.merging(["head": head]) { $1 })
          }
        }
      }
  }

  private static let heads: [ConfigurationValue] = [
    .object(["id": .string("esmm")]),
    .object(["id": .string("aitm"), "calibratorWeight": .number(0.5)]),
    .object([
      "id": .string("escm2-ips"), "counterfactualWeight": .number(0.5),
      "minimumPropensity": .number(0.4),
    ]),
    .object([
      "id": .string("escm2-dr"), "counterfactualWeight": .number(0.5),
      "minimumPropensity": .number(0.4),
    ]),
    .object([
      "id": .string("dcmt"), "counterfactualWeight": .number(0.5),
      "minimumPropensity": .number(0.4), "constraintWeight": .number(0.25),
    ]),
  ]

  /// The case in every phase of training but the first.
  private var inLaterPhases: [TwinCase] {
    // In its phase of pruning, AREAD removes connections during the pass.
    guard problem.name != "tree", entry.card.id != "aread", let built = try? build() else {
      return []
    }
    return built.phases.phases.dropFirst().map { phase in changed { $0.phase = phase.name } }
  }
}

extension TwinCase {
  /// The case with the moments of the batch, for a model that normalizes.
  private var inTraining: [TwinCase] {
    let isPlain = Set(chosen.keys).isSubset(of: ["axis"])
    // With these parameters, the columns that HierRec's fusion normalizes have means of 140 standard deviations, whose
    // rounding shows.
    guard problem.name == "pair", isPlain || changesNorm, !Self.hasNoise(entry),
      entry.card.id != "hierrec", let built = try? build(), Self.normalizes(built)
    else { return [] }
    return [changed { $0.hasBatchMoments = true }]
  }
}

extension SettingDomain {
  fileprivate var isNumber: Bool {
    switch self {
    case .wholeNumber, .number: true
    default: false
    }
  }
}

extension ConfigurationValue {
  fileprivate var isChoice: Bool {
    switch self {
    case .bool, .string: true
    default: false
    }
  }
}
