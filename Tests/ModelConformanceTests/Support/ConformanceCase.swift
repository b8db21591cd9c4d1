import AESM2
import Baselines
import Configuration
import Foundation
import Ranking
import TensorCore
import TestKit
import TestModels
import Testing

/// All models, and those that tests of phases made up.
let catalog = Catalog(baselineCatalog + [AESM2.self] + [AlternatingGates.self, SearchedGates.self])

/// One model with some of its settings on one tiny problem.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
  let entry: CatalogEntry
  let settings: [String: ConfigurationValue]
  let tiny: TinyProblem

  var testDescription: String {
    let shown = settings.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value.description)" }
    return "\(entry.card.id) on \(tiny.name), \(shown.joined(separator: " "))"
  }

  /// What the setting of ``ScenarioAxis`` says; nil where the model has none.
  var axis: ScenarioAxis? {
    entry.axisSetting.flatMap { settings[$0.name] ?? $0.defaultValue }
      .flatMap { ScenarioAxis(configuration: $0) }
  }

  /// All settings of the model that ``build(seed:setting:dropout:)`` makes.
  func resolvedSettings() throws -> [String: ConfigurationValue] {
    try entry.resolve(entry.smallSettings(settings))
  }

  /// Builds the model, made small so that it computes fast.
  ///
  /// - Parameter dropout: The share of elements that training drops, where the model has the settings of towers.
  func build(
    seed: UInt64 = 1, setting more: [String: ConfigurationValue] = [:], dropout: Double? = nil
  ) throws -> BuiltModel {
    var settings = settings.merging(more) { $1 }
    if let dropout, entry.hasTowers { settings["dropout"] = .number(dropout) }
    return try entry.buildSmall(settings, for: tiny.problem, seed: seed)
  }
}

extension ConformanceCase {
  /// The models that the suite holds to their contract: those whose ids the environment variable
  /// `AESM2_MODELS` names, separated by commas, or all.
  static let chosen = Result {
    let names = ProcessInfo.processInfo.environment["AESM2_MODELS"] ?? ""
    let ids = names.split(separator: ",").map(String.init)
    return ids.isEmpty ? catalog.entries : try ids.map(catalog.entry)
  }

  /// The models that were chosen; none where ``chosen`` is an error, which a test reports.
  static let entries = (try? chosen.get()) ?? []

  /// Every model as it is by default.
  static let defaults = entries.map { ConformanceCase(entry: $0, settings: [:], tiny: .oneLevel) }

  /// Every model on every problem, on each axis that it knows, with and without batch normalization.
  static let problems = TinyProblem.all.flatMap(on)

  /// Every model on one problem, on each axis that it knows, with and without batch normalization.
  static func on(_ tiny: TinyProblem) -> [ConformanceCase] {
    entries.flatMap { entry in
      entry.choices(of: entry.axisSetting).flatMap { axis in
        entry.choices(of: entry.normSetting).map { norm in
          ConformanceCase(entry: entry, settings: axis.merging(norm) { $1 }, tiny: tiny)
        }
      }
    }
  }

  /// Every model with each of its switches and choices away from the default, one at a time.
  static let options = entries.flatMap { entry in
    entry.settings.flatMap { setting in
      entry.choices(of: setting).filter { $0[setting.name] != setting.defaultValue }
        .filter { !$0.isEmpty }
        .map { ConformanceCase(entry: entry, settings: $0, tiny: .oneLevel) }
    }
  }

  /// Models with towers with heads but the default, on each axis that they know.
  ///
  /// Heads know nothing of the trunk below the towers, so some trunks meet all heads, and the others
  /// the one that reaches deepest into the towers; all do where models are chosen.
  static let heads = entries.filter(\.hasTowers).flatMap { entry in
    let isChosen = entries.count < catalog.entries.count
    let meetsAll = isChosen || ["shared-bottom", "ple", "aesm2"].contains(entry.card.id)
    return headCatalog.dropFirst().filter { meetsAll || $0.card.id == "aitm" }.flatMap { head in
      (meetsAll ? [TinyProblem.followed, .chained] : [.chained]).flatMap { tiny in
        entry.choices(of: meetsAll ? entry.axisSetting : nil).map { axis in
          ConformanceCase(
            entry: entry, settings: axis.merging(["head": .string(head.card.id)]) { $1 },
            tiny: tiny)
        }
      }
    }
  }

  /// ``problems``, ``options`` and ``heads``.
  static let all = problems + options + heads

  /// Other numbers of parts than the defaults, one at a time, for models that have a setting of the name.
  static let sizes = entries.flatMap { entry in
    otherSizes.filter { setting in entry.settings.contains { setting.keys.contains($0.name) } }
      .map { ConformanceCase(entry: entry, settings: $0, tiny: .twoLevels) }
  }

  private static let otherSizes: [[String: ConfigurationValue]] = [
    ["levelCount": .integer(1)], ["levelCount": .integer(3)], ["sharedExpertCount": .integer(3)],
    ["scenarioLayerCount": .integer(2)], ["taskLayerCount": .integer(2)],
    ["scenarioExpertCount": .integer(5)], ["taskSpecificCount": .integer(1)],
    ["flatScenarios": .bool(true)],
    ["towerSizes": .list([])], ["towerSizes": .list([.integer(5), .integer(4), .integer(3)])],
  ]
}

extension CatalogEntry: CustomTestStringConvertible {
  /// The id, instead of the whole card.
  public var testDescription: String { card.id }
}

/// What the suite knows of settings: those of ``InputHyperparameters`` and ``TowerHyperparameters`` where a model
/// includes these sets, one of type ``ScenarioAxis``, and that lists of whole numbers are layer sizes.
extension CatalogEntry {
  /// The setting of type ``ScenarioAxis``.
  var axisSetting: SettingDeclaration? { settings.first { $0.domain == ScenarioAxis.domain } }

  /// The setting of ``TowerHyperparameters`` that switches batch normalization on.
  var normSetting: SettingDeclaration? {
    hasTowers ? settings.first { $0.name == "batchNorm" } : nil
  }

  /// Whether the settings include ``TowerHyperparameters``.
  var hasTowers: Bool { includes(TowerHyperparameters.self) }

  private func includes(_ set: (some HyperparameterSet).Type) -> Bool {
    set.settings.allSatisfy { common in
      settings.contains { $0.name == common.name && $0.domain == common.domain }
    }
  }

  /// Builds the model with few columns everywhere.
  ///
  /// Settings that the model does not have are passed over.
  func buildSmall(
    _ settings: [String: ConfigurationValue], for problem: Problem, seed: UInt64
  ) throws -> BuiltModel {
    _ = singleThreadedBLAS
    return try build(smallSettings(settings), for: problem, seed: seed)
  }

  /// Returns settings with few columns everywhere, some of them replaced.
  func smallSettings(_ settings: [String: ConfigurationValue]) -> [String: ConfigurationValue] {
    widths(ofLayers: [7, 6], ofEmbeddings: 3).merging(settings) { $1 }
      .filter { name, _ in self.settings.contains { $0.name == name } }
  }

  /// Returns values for the settings that are widths: of layers the last of `sizes`, as many as by default.
  func widths(
    ofLayers sizes: [Int], ofEmbeddings embeddingSize: Int
  ) -> [String: ConfigurationValue] {
    var result: [String: ConfigurationValue] = [:]
    if includes(InputHyperparameters.self) { result["embeddingSize"] = .integer(embeddingSize) }
    for setting in settings {
      guard case .list(.wholeNumber, _) = setting.domain,
        case .list(let known) = setting.defaultValue
      else { continue }
      result[setting.name] = .list(sizes.suffix(known.count).map { .integer($0) })
    }
    return result
  }

  /// Returns the values that a switch or choice can have; one empty set where there is no such setting or
  /// it takes numbers.
  func choices(of setting: SettingDeclaration?) -> [[String: ConfigurationValue]] {
    guard let setting else { return [[:]] }
    switch setting.domain {
    case .flag: return [false, true].map { [setting.name: .bool($0)] }
    case .choice(let names): return names.map { [setting.name: .string($0)] }
    default: return [[:]]
    }
  }
}

/// Thread counts of BLAS change its rounding, so they are settled before anything is computed.
private let singleThreadedBLAS: Void = Parallelism.use(threadCount: 1)
