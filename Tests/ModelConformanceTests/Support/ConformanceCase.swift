import AESM2
import Baselines
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

/// The models that the suite holds to their contract: all there are.
let catalog = Catalog(baselineCatalog + [AESM2.self])

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

  /// Builds the model, made small so that it computes fast.
  func build(
    seed: UInt64 = 1, setting more: [String: ConfigurationValue] = [:]
  ) throws -> BuiltModel {
    try entry.buildSmall(settings.merging(more) { $1 }, for: tiny.problem, seed: seed)
  }
}

extension ConformanceCase {
  /// Every model as it is by default.
  static let defaults = catalog.entries.map {
    ConformanceCase(entry: $0, settings: [:], tiny: .oneLevel)
  }

  /// Every model on every problem, on each axis that it knows, with and without batch normalisation.
  static let problems = TinyProblem.all.flatMap(on)

  /// Every model on one problem, on each axis that it knows, with and without batch normalisation.
  static func on(_ tiny: TinyProblem) -> [ConformanceCase] {
    catalog.entries.flatMap { entry in
      entry.choices(of: "axis").flatMap { axis in
        entry.choices(of: "batchNorm").map { norm in
          ConformanceCase(entry: entry, settings: axis.merging(norm) { $1 }, tiny: tiny)
        }
      }
    }
  }

  /// Every model with each of its switches and choices away from the default, one at a time.
  static let options = catalog.entries.flatMap { entry in
    entry.settings.flatMap { setting in
      entry.choices(of: setting.name).filter { $0[setting.name] != setting.defaultValue }
        .filter { !$0.isEmpty }
        .map { ConformanceCase(entry: entry, settings: $0, tiny: .oneLevel) }
    }
  }

  /// ``problems`` and ``options``.
  static let all = problems + options
}

extension CatalogEntry {
  /// Whether the model has a setting.
  func has(_ name: String) -> Bool { settings.contains { $0.name == name } }

  /// Builds the model with few columns everywhere: lists of whole numbers are layer sizes.
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
    var small: [String: ConfigurationValue] = [:]
    for setting in self.settings {
      if case .list(let sizes) = setting.defaultValue {
        small[setting.name] = .list([7, 6].suffix(sizes.count).map { .integer($0) })
      }
    }
    small["embeddingSize"] = .integer(3)
    return small.merging(settings) { $1 }.filter { has($0.key) }
  }

  /// Returns the settings that a switch or choice can have; one empty set where the model has no
  /// such setting or it takes numbers.
  func choices(of name: String) -> [[String: ConfigurationValue]] {
    switch settings.first(where: { $0.name == name })?.domain {
    case .flag: [false, true].map { [name: .bool($0)] }
    case .choice(let names): names.map { [name: .string($0)] }
    default: [[:]]
    }
  }
}

/// Thread counts of BLAS change its rounding, so they are settled before anything is computed.
private let singleThreadedBLAS: Void = Parallelism.use(threadCount: 1)
