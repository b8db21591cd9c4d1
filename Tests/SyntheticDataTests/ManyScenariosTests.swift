import Configuration
import Foundation
import TensorCore
import TestKit
import Testing

// Internal: OutcomeLogits, PlantedTeacher, SampleMoments, SideFeatures.
@testable import SyntheticData

@Suite struct ManyScenariosTests {
  @Test func scenariosOfAGroupShareTheirFunctionAndOthersDoNot() throws {
    let generator = try plant(["scenarioStrength": .integer(0)])
    let signals = [0, 1, 4, 5].map { self.signals(generator, leaf: $0).map(\.click) }
    #expect(signals[0] == signals[2])
    #expect(signals[1] == signals[3])
    let difference = SampleMoments(zip(signals[0], signals[1]).map { $0 - $1 })
    // Two independent parts of deviation 0.7 differ by about 1.
    #expect((0.6...1.5).contains(difference.standardDeviation), "\(difference)")
  }

  @Test func aScenarioDepartsFromItsGroupByItsOwnFunction() throws {
    let generator = try plant(["scenarioStrength": .number(0.5)])
    let difference = SampleMoments(
      zip(signals(generator, leaf: 0), signals(generator, leaf: 4)).map { $0.click - $1.click })
    #expect((0.4...1.1).contains(difference.standardDeviation), "\(difference)")
  }

  @Test func aGroupPartHasTheSizeOfItsStrength() throws {
    let generator = try plant([
      "sharedStrength": .integer(0), "scenarioStrength": .integer(0), "taskStrength": .integer(0),
      "groupStrength": .number(0.8),
    ])
    let moments = SampleMoments(
      (0..<16).flatMap { self.signals(generator, leaf: $0, features: $0).map(\.click) })
    #expect(abs(moments.standardDeviation - 0.8) < 0.1, "\(moments)")
  }

  @Test func labelsDoNotDependOnWhetherTheTreeShowsTheGroups() throws {
    let flat = try plant([:])
    let tree = try plant(["groupLevel": .bool(true)])
    #expect(
      flat.chunk(0, rowCount: 2000, of: .train).block.labels
        == tree.chunk(0, rowCount: 2000, of: .train).block.labels)
    let scenarios = tree.world.scenarios
    #expect(scenarios.levels.map(\.name) == ["group", "scenario"])
    #expect(scenarios.leafNames.prefix(5) == ["g1/s1", "g2/s2", "g3/s3", "g4/s4", "g1/s5"])
    #expect(flat.world.scenarios.leafNames.prefix(2) == ["s1", "s2"])
  }

  @Test func skewedTrafficFollowsAPowerOfTheRank() throws {
    let equal = try plant([:]).world.traffic.map(\.share)
    #expect(equal.allSatisfy { abs($0 - 1.0 / 16) < 1e-12 })
    let skewed = try plant(["trafficSkew": .number(1.5)]).world.traffic.map(\.share)
    #expect(abs(skewed.reduce(0, +) - 1) < 1e-12)
    #expect(abs(skewed[0] / skewed[3] - 8) < 1e-9)
  }

  /// An additive function of the features of page and impression has no mixed difference; a network
  /// or a product has.
  @Test(arguments: [(false, 0.0), (false, 0.5), (true, 0.0)])
  func withoutSaturationAndProductsTheTeacherIsLinear(saturates: Bool, products: Double) throws {
    let generator = try plant([
      "unitsSaturate": .bool(saturates), "interactionShare": .number(products),
    ])
    let rows = impressions(of: generator, leaf: 2)
    let mixed = stride(from: 0, to: rows.count - 1, by: 2).map { index in
      let (first, second) = (rows[index], rows[index + 1])
      func signal(_ page: SideFeatures, _ impression: SideFeatures) -> Double {
        generator.teacher.signal(
          impression, on: generator.teacher.pageSums(page, leaf: 2), leaf: 2
        ).click
      }
      return signal(first.page, first.impression) - signal(first.page, second.impression)
        - signal(second.page, first.impression) + signal(second.page, second.impression)
    }
    let largest = mixed.map(abs).max() ?? 0
    if !saturates, products == 0 {
      #expect(largest < 1e-3)
    } else {
      #expect(largest > 0.1)
    }
  }

  @Test func theGroupsOfScenariosAreStoredWithTheData() throws {
    let folder = try TemporaryFolder()
    let recipe = try SyntheticRecipe.named(
      "many-scenarios", overriding: ["scenarioCount": .integer(5), "groupCount": .integer(2)])
    let dataset = try recipe.generate(into: folder["twin"], rows: 6000)
    #expect(dataset.plantedGroups == [0, 1, 0, 1, 0])
    #expect(dataset.problem.features(of: .user).count == 6)
    #expect(dataset.problem.features(of: .item).count == 6)
    #expect(dataset.ceilings?.expected.cells.map(\.count) == [5, 5])
    #expect(dataset.manifest.provenance["settings"]?.contains("\"groupCount\":2") == true)
  }

  @Test func theLargestNumberOfScenariosIsPossible() throws {
    let generator = try plant(["scenarioCount": .integer(64), "groupCount": .integer(64)])
    let leaves = Set(
      try SyntheticSupport.chunks(of: generator, rows: 8192).flatMap(\.block.leaves))
    #expect(leaves.count == 64)
  }

  private func plant(_ settings: [String: ConfigurationValue]) throws -> SyntheticGenerator {
    try SyntheticGenerator(
      SyntheticRecipe.named("many-scenarios", overriding: settings).design, seed: 11)
  }

  /// Returns the signals of impressions that are drawn as in one leaf, as if they were in another.
  private func signals(
    _ generator: SyntheticGenerator, leaf: Int, features: Int = 0
  ) -> [PlantedTeacher.OutcomeLogits] {
    impressions(of: generator, leaf: features).map { page, impression in
      let sums = generator.teacher.pageSums(page, leaf: leaf)
      return generator.teacher.signal(impression, on: sums, leaf: leaf)
    }
  }

  private func impressions(
    of generator: SyntheticGenerator, leaf: Int
  ) -> [(page: SideFeatures, impression: SideFeatures)] {
    var stream = RandomStreams(seed: 3)["impressions"]
    var page = SideFeatures(generator.world.page)
    var impression = SideFeatures(generator.world.impression)
    return (0..<2000).map { _ in
      generator.sampler.drawPage(into: &page, leaf: leaf, from: &stream)
      generator.sampler.drawImpression(into: &impression, on: page, leaf: leaf, from: &stream)
      return (page, impression)
    }
  }
}
