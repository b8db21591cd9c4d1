import Foundation
import TestKit
import Testing
import Training

@Suite("Weights of every model")
struct WeightFileTests {
  /// Weights and running moments of a model trained a little, in a model of another seed.
  @Test(arguments: ConformanceCase.problems + ConformanceCase.heads)
  func predictionsSurviveSavingAndLoading(_ model: ConformanceCase) throws {
    let built = try model.build(seed: 1)
    let rows = model.tiny.training.first(60)
    built.train(rows)
    built.descend(rate: 0.1)
    let other = try model.build(seed: 2)
    #expect(bits(other.logits(rows)) != bits(built.logits(rows)))
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("weights.safetensors").path
      try WeightFile.save(built, to: path)
      try WeightFile.load(into: other, from: path)
    }
    #expect(bits(other.logits(rows)) == bits(built.logits(rows)))
    for (loaded, saved) in zip(other.store.buffers, built.store.buffers) {
      #expect(loaded.name == saved.name && bits(loaded.value) == bits(saved.value))
    }
  }
}
