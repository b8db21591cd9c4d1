import Configuration
import Ranking
import TestKit
import Testing
import Training

@Suite struct PrecisionTests {
  private let bf16: [String: ConfigurationValue] = ["precision": .string("bf16")]

  /// Runs that were recorded before there was a choice keep their ids.
  @Test func fp32IsNotStated() throws {
    #expect(TrainingOptions().configuration["precision"] == nil)
    #expect(
      try TrainingOptions(overriding: ["precision": .string("fp32")]).configuration
        == TrainingOptions().configuration)
    #expect(try TrainingOptions(overriding: bf16).configuration["precision"] == .string("bf16"))
  }

  @Test func unknownPrecisionIsRefused() {
    #expect(
      sentence { _ = try TrainingOptions(overriding: ["precision": .string("fp16")]) }
        == "precision: unknown value 'fp16'; did you mean 'fp32'? (known: fp32, bf16)")
  }

  @Test(.needsOneDNN) func bf16ChangesRoundingAndLittleElse() throws {
    let exact = try toySession()
    let rounded = try toySession(bf16)
    let (first, second) = (try #require(try exact.run().outcome), try rounded.run().outcome)
    #expect(bits(of: exact.model) != bits(of: rounded.model))
    #expect(
      abs(try #require(first.bestValue) - (try #require(second?.bestValue))) < 0.02)
  }

  @Test(.needsOneDNN) func evaluationHasThePrecisionThatItIsGiven() throws {
    let model = try ToyModel.built()
    let split = ValidationSplit(ToyRows(count: 200, seed: 2))
    let exact = try model.evaluate(on: split).logits.values
    let rounded = try model.evaluate(on: split, precision: .bf16).logits.values
    #expect(exact != rounded)
    for (a, b) in zip(exact, rounded) { #expect(abs(a - b) < 0.02 * max(1, abs(a))) }
  }

  @Test(.needsOneDNN) func interruptedAndResumedEqualsUninterrupted() throws {
    let straight = try toySession(bf16)
    _ = try straight.run()
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(path: folder + "/checkpoint")
      let first = try toySession(bf16)
      _ = try first.run(checkpoints: policy, shouldStop: { first.step == 4 })
      let second = try toySession(bf16)
      try second.resume(from: policy)
      _ = try second.run()
      #expect(bits(of: second.model) == bits(of: straight.model))
      #expect(
        sentence { try toySession().resume(from: policy) }?.contains(
          "was made with precision bf16, not missing") == true)
    }
  }
}
