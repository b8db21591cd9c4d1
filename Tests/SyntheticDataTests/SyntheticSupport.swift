import Datasets
import Foundation

// Internal: SyntheticChunk, SyntheticGenerator.
@testable import SyntheticData

/// Twins at their defaults, planted once.
enum SyntheticSupport {
  static let aliexpress = plant("aliexpress")
  static let entranceCard = plant("entrance-card")
  static let manyScenarios = plant("many-scenarios")

  /// Returns the generator at the defaults of a recipe.
  static func generator(_ id: String) throws -> SyntheticGenerator {
    switch id {
    case "aliexpress": try aliexpress.get()
    case "entrance-card": try entranceCard.get()
    default: try manyScenarios.get()
    }
  }

  /// Settings with which small numbers of rows have both classes in every cell.
  static func frequent() throws -> SyntheticRecipe {
    try SyntheticRecipe.named(
      "aliexpress", overriding: ["ctrMultiplier": .integer(3), "ctcvrMultiplier": .integer(30)])
  }

  /// Returns the chunks of a split.
  static func chunks(
    of generator: SyntheticGenerator, _ split: SplitName = .test, rows: Int
  ) throws -> [SyntheticChunk] {
    var chunks: [SyntheticChunk] = []
    try generator.forEachChunk(of: split, rowCount: rows) { chunks.append($0) }
    return chunks
  }

  /// Returns the generator of a recipe with settings that are known to be possible.
  static func plant(
    _ id: String, seed: UInt64 = SyntheticRecipe.defaultSeed,
    _ change: (inout SyntheticSettings) -> Void = { _ in }
  ) -> Result<SyntheticGenerator, any Error> {
    Result {
      var design = try SyntheticRecipe.named(id).design
      change(&design.teacher)
      return try SyntheticGenerator(design, seed: seed)
    }
  }
}
