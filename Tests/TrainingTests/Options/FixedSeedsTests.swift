import Configuration
import TensorCore
import TestKit
import Testing

// Internal: batches.
@testable import Training

@Suite struct FixedSeedsTests {
  /// The bits of a model trained with a seed, of which some sources of chance are fixed.
  private func weights(seed: UInt64, fixed: [FixedSeeds.Source: Int] = [:]) throws -> [[UInt32]] {
    let seeds = ConfigurationValue.object(
      Dictionary(uniqueKeysWithValues: fixed.map { ($0.rawValue, .integer($1)) }))
    let options = try #require(FixedSeeds(configuration: seeds))
    let session = try toySession(
      ["fixedSeeds": seeds, "balancing": .string("rlw")],
      model: ToyModel.built(seed: options.seed(of: .initialization, inRun: seed)), seed: seed)
    _ = try session.run()
    return bits(of: session.model)
  }

  @Test func allFixedMakeRunsOfAllSeedsTheRunOfThatSeed() throws {
    let all: [FixedSeeds.Source: Int] = [.initialization: 3, .order: 3, .noise: 3]
    let plain = try weights(seed: 3)
    for seed in [1, 2] as [UInt64] { #expect(try weights(seed: seed, fixed: all) == plain) }
  }

  @Test(arguments: FixedSeeds.Source.allCases)
  func oneSourceThatIsNotFixedVariesWithTheSeed(source: FixedSeeds.Source) throws {
    var fixed: [FixedSeeds.Source: Int] = [.initialization: 1, .order: 1, .noise: 1]
    fixed[source] = nil
    let plain = try weights(seed: 1)
    #expect(try weights(seed: 1, fixed: fixed) == plain)
    #expect(try weights(seed: 2, fixed: fixed) != plain)
  }

  @Test func theOrderOfRowsFollowsItsSeedAlone() throws {
    func order(seed: UInt64, _ fixed: ConfigurationValue) throws -> [Float] {
      let session = try toySession(["fixedSeeds": fixed], seed: seed)
      return try #require(try session.batches.prefetched(epoch: 0, from: 0).next())
        .rows.batch.numericals.values
    }
    let plain = try order(seed: 5, .object([:]))
    #expect(try order(seed: 6, .object(["order": .integer(5)])) == plain)
    #expect(
      try order(seed: 6, .object(["initialization": .integer(5), "noise": .integer(5)])) != plain)
  }

  @Test func nothingFixedIsLeftOutOfConfigurations() throws {
    let options = try TrainingOptions(overriding: ["fixedSeeds": .object([:])])
    #expect(options.configuration["fixedSeeds"] == nil)
    #expect(options.fixedSeeds.varying == FixedSeeds.Source.allCases)
    let refusal = sentence {
      _ = try TrainingOptions(overriding: ["fixedSeeds": .object(["ordr": .integer(1)])])
    }
    #expect(
      refusal?.hasPrefix("fixedSeeds: unknown hyper-parameter 'ordr'; did you mean 'order'?")
        == true, "\(refusal ?? "no error")")
  }
}
