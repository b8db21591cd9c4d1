import SyntheticData
import TestKit
import Testing

/// Swift code that pages quote.
@Suite struct SwiftExampleTests {
  @Test func twinIsMadeInThreeLines() throws {
    try withTemporaryFolder { folder in
      let recipe = try SyntheticRecipe.named(
        "entrance-card", overriding: ["scenarioStrength": .number(0.8)])
      let dataset = try recipe.generate(into: folder, rows: 200_000, seed: 2022)
      #expect(dataset.ceilings != nil)
    }
  }
}
