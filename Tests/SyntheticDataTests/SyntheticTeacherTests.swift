import Foundation
import TensorCore
import Testing

// Internal: OutcomeLogits, PlantedTeacher, SampleMoments, SideFeatures.
@testable import SyntheticData

@Suite struct SyntheticTeacherTests {
  @Test func withoutScenarioStrengthScenariosDifferInTheirBiasOnly() throws {
    let generator = try SyntheticSupport.plant("aliexpress") { $0.scenarioStrength = 0 }.get()
    let differences = try logitDifferences(generator, between: 0, and: 3)
    #expect(differences.allSatisfy { abs($0 - differences[0]) < 1e-9 })
  }

  @Test func withScenarioStrengthScenariosDifferInMoreThanTheirBias() throws {
    let generator = try SyntheticSupport.aliexpress.get()
    let differences = try logitDifferences(generator, between: 0, and: 3)
    // Two independent parts of deviation 0.5 differ by about 0.7.
    let deviation = SampleMoments(differences).standardDeviation
    #expect((0.4...1.1).contains(deviation), "\(deviation)")
  }

  @Test func withoutTaskStrengthPurchaseFollowsClick() throws {
    let generator = try SyntheticSupport.plant("entrance-card") {
      $0.taskStrength = 0
      $0.purchaseGain = 2
    }.get()
    let signals = signals(generator, leaf: 2)
    #expect(signals.allSatisfy { abs($0.purchase - 2 * $0.click) < 1e-12 })
    let own = self.signals(try SyntheticSupport.entranceCard.get(), leaf: 2)
    #expect(own.contains { abs($0.purchase - 1.05 * $0.click) > 0.1 })
  }

  @Test func levelsOfTheTreeAddUp() throws {
    // Leaves 0, 1, 3, 4 are two entrances with the same two card types.
    let generator = try SyntheticSupport.entranceCard.get()
    let signals = [0, 1, 3, 4].map { self.signals(generator, leaf: $0).map(\.click) }
    for row in signals[0].indices {
      let gap =
        signals[0][row] - signals[1][row] - signals[2][row] + signals[3][row]
      #expect(abs(gap) < 1e-9)
    }
    #expect(zip(signals[0], signals[2]).contains { abs($0 - $1) > 0.2 })
  }

  @Test(arguments: ["sharedStrength", "scenarioStrength", "taskStrength"])
  func everyPartHasTheSizeOfItsStrength(knob: String) throws {
    for interactionShare in [0.0, 1] {
      let recipe = try SyntheticRecipe.named(
        "aliexpress",
        overriding: [
          "sharedStrength": .integer(0), "scenarioStrength": .integer(0),
          "taskStrength": .integer(0), "interactionShare": .number(interactionShare),
        ].merging([knob: .number(0.8)]) { $1 })
      let generator = try SyntheticGenerator(recipe.design, seed: 5)
      // Parts are standardized over equal numbers of rows of all leaves. A scenario's part is
      // used in its own leaf only, where its spread may differ a little.
      let signals = (0..<5).flatMap { self.signals(generator, leaf: $0).map(\.click) }
      let moments = SampleMoments(signals)
      #expect(abs(moments.standardDeviation - 0.8) < 0.08, "\(moments)")
      #expect(abs(moments.mean) < 0.2, "\(moments)")
    }
  }

  @Test func anotherSeedPlantsAnotherTeacher() throws {
    let first = signals(try SyntheticSupport.aliexpress.get(), leaf: 0).map(\.click)
    let second = signals(try SyntheticSupport.plant("aliexpress", seed: 1).get(), leaf: 0)
    #expect(first != second.map(\.click))
  }

  /// Returns the signals of fixed impressions in a leaf.
  private func signals(
    _ generator: SyntheticGenerator, leaf: Int
  ) -> [PlantedTeacher.OutcomeLogits] {
    impressions(of: generator).map { page, impression in
      let sums = generator.teacher.pageSums(page, leaf: leaf)
      return generator.teacher.signal(impression, on: sums, leaf: leaf)
    }
  }

  private func logitDifferences(
    _ generator: SyntheticGenerator, between first: Int, and second: Int
  ) throws -> [Double] {
    let teacher = generator.teacher
    return impressions(of: generator).map { page, impression in
      let logits = [first, second].map { leaf in
        let sums = teacher.pageSums(page, leaf: leaf)
        let click = teacher.probabilities(impression, on: sums, leaf: leaf).click
        return log(click / (1 - click))
      }
      return logits[0] - logits[1]
    }
  }

  private func impressions(
    of generator: SyntheticGenerator
  ) -> [(page: SideFeatures, impression: SideFeatures)] {
    var stream = RandomStreams(seed: 3)["impressions"]
    var page = SideFeatures(generator.world.page)
    var impression = SideFeatures(generator.world.impression)
    return (0..<4000).map { index in
      let leaf = index % generator.world.traffic.count
      generator.sampler.drawPage(into: &page, leaf: leaf, from: &stream)
      generator.sampler.drawImpression(into: &impression, on: page, leaf: leaf, from: &stream)
      return (page, impression)
    }
  }
}
