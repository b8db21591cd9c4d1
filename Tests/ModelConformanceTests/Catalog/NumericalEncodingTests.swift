import Configuration
import Foundation
import Ranking
import TensorCore
import TestKit
import Testing
import Training

@Suite("Numerical encodings of every model") struct NumericalEncodingTests {
  private static let byQuantiles = ConformanceCase.options.filter {
    ["quantile", "piecewise-linear"].contains($0.settings["numericalEncoding"]?.description)
  }

  /// Fitted to the training rows alone, and kept with the weights.
  @Test(arguments: byQuantiles)
  func quantilesOfTrainingRowsAreKeptWithTheWeights(_ model: ConformanceCase) throws {
    let bins: [String: ConfigurationValue] = ["numericalBins": .integer(5)]
    let built = try model.build(setting: bins)
    let session = try TrainingSession(
      model: built,
      options: TrainingOptions(overriding: ["epochs": .integer(1), "batchSize": .integer(100)]),
      training: TrainingSplit(model.tiny.training),
      validation: ValidationSplit(model.tiny.validation), seed: 1)
    let quantiles = try #require(built.store.buffers.first { $0.name.hasSuffix("quantiles") })
    let prices = model.tiny.training.rows.map { $0.numericals[0] }.sorted()
    #expect(quantiles.value.shape == [2, 6])
    #expect(
      quantiles.value.values.prefix(6) == [0, 59, 119, 179, 239, 299].map { prices[$0] }[...])
    _ = try session.run()
    let other = try model.build(setting: bins)
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("weights.safetensors").path
      try WeightFile.save(built, to: path)
      try WeightFile.load(into: other, from: path)
    }
    let rows = model.tiny.validation.first(40)
    #expect(bits(other.logits(rows)) == bits(built.logits(rows)))
  }

  @Test func everyModelHasThem() {
    let having = Set(Self.byQuantiles.map(\.entry.card.id))
    #expect(having == Set(ConformanceCase.entries.map(\.card.id)))
  }
}
