import AESM2
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

@Suite("Noise and extreme gates of AESM²")
struct NoiseTests {
  @Test(
    arguments: [0.1, 10, 1e6],
    [
      [:], ["noisyMixing": .bool(true)], ["mask": .string("multiply")],
      ["mask": .string("multiply"), "noisyMixing": .bool(true)], ["selection": .string("top-k")],
    ] as [[String: ConfigurationValue]])
  func noNoiseMakesAnythingInfinite(
    deviation: Double, option: [String: ConfigurationValue]
  ) throws {
    let tiny = TinyProblem.twoLevels
    let model = try catalog.entry("aesm2").buildSmall(
      option.merging(["noise": .number(deviation)]) { $1 }, for: tiny.problem, seed: 1)
    expectFinite(model, tiny.training.first(60))
  }

  @Test(arguments: [1e3, 1e10, 1e30] as [Float], ["infinity", "multiply"])
  func hugeGateWeightsMakeNothingInfinite(size: Float, mask: String) throws {
    let tiny = TinyProblem.twoLevels
    let size = mask == "multiply" ? min(size, 1e20) : size
    let model = try catalog.entry("aesm2").buildSmall(
      ["mask": .string(mask)], for: tiny.problem, seed: 1)
    for parameter in model.store.parameters where parameter.name.hasSuffix("gates/weight") {
      parameter.value.assign(
        Tensor(parameter.value.values.map { $0 * size }, shape: parameter.value.shape))
    }
    let rows = tiny.training.first(60)
    #expect(model.logits(rows).isFinite)
    let trained = model.train(rows)
    #expect(trained.logits.isFinite && trained.loss.isFinite)
  }

  @Test func inferenceIsTheSameWhateverTheNoise() throws {
    let tiny = TinyProblem.twoLevels
    let rows = tiny.training.first(60)
    let logits = try [0.0, 1000].map { noise in
      try catalog.entry("aesm2").buildSmall(
        ["noise": .number(noise)], for: tiny.problem, seed: 1
      ).logits(rows)
    }
    #expect(bits(logits[0]) == bits(logits[1]))
  }

  @Test func noiseChangesTheSelectionInTraining() throws {
    let tiny = TinyProblem.oneLevel
    let rows = tiny.training.first(60)
    let logits = try [0.0, 1000].map { noise in
      try catalog.entry("aesm2").buildSmall(
        ["noise": .number(noise)], for: tiny.problem, seed: 1
      ).train(rows).logits
    }
    #expect(bits(logits[0]) != bits(logits[1]))
  }

  private func expectFinite(_ model: BuiltModel, _ rows: LabeledBatch) {
    let trained = model.train(rows)
    #expect(trained.logits.isFinite && trained.loss.isFinite)
    for parameter in model.store.parameters {
      #expect(parameter.gradientValues.allSatisfy { $0.isFinite }, "\(parameter.name)")
    }
    #expect(model.logits(rows).isFinite)
  }
}
