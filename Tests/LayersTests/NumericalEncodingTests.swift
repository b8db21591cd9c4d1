import Foundation
import Layers
import TensorCore
import TestKit
import Testing

/// What `rtdl_num_embeddings` makes of numbers, as `numerical_encodings.py` wrote it.
private struct Reference: Decodable {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Float]
    var tensor: Tensor { Tensor(values, shape: shape) }
  }

  let train, quantiles, numbers, piecewiseLinear, frequencies, weight, bias, periodic: Numbers

  static func read() throws -> Reference {
    try FixtureFolder.decode(Reference.self, from: "layers/numerical-encodings.json")
  }
}

@Suite("Encodings of numerical features") struct NumericalEncodingTests {
  private let store = ParameterStore()
  private var scope: ParameterScope {
    ParameterScope(store: store, streams: RandomStreams(seed: 3))
  }

  private func encoder(_ encoding: FixedNumericalEncoding, features: Int, bins: Int)
    -> NumericalEncoder
  {
    NumericalEncoder(encoding, featureCount: features, binCount: bins, scope: scope)
  }

  @Test func quantilesAndColumnsAreThoseOfThePublishedCode() throws {
    let reference = try Reference.read()
    let encoder = encoder(.piecewiseLinear, features: 3, bins: 5)
    store.fitBuffers(to: reference.train.tensor)
    #expect(store.buffers.map(\.name) == ["quantiles"])
    expectClose(store.buffers[0].value, reference.quantiles.tensor)
    #expect(encoder.outputSize == 15)
    expectClose(
      encoder(reference.numbers.tensor), reference.piecewiseLinear.tensor, relative: 1e-5,
      absolute: 1e-5)
  }

  @Test func wavesAreThoseOfThePublishedCode() throws {
    let reference = try Reference.read()
    let embedding = PeriodicEmbedding(
      featureCount: 3, frequencyCount: 6, deviation: 1, size: 4, scope: scope)
    let wanted = [reference.frequencies, reference.weight, reference.bias]
    for (parameter, numbers) in zip(store.parameters, wanted) {
      parameter.value.assign(numbers.tensor)
    }
    expectClose(
      embedding(reference.numbers.tensor, in: .evaluation()).value, reference.periodic.tensor,
      absolute: 1e-5)
  }

  /// Half of the numbers are 0: two bins have no width, and 0 has passed them.
  @Test func equalNumbersMakeBinsWithoutWidth() {
    let encoder = encoder(.piecewiseLinear, features: 1, bins: 4)
    store.fitBuffers(to: Tensor([0, 0, 0, 4, 8], shape: [5, 1]))
    #expect(store.buffers[0].value.values == [0, 0, 0, 4, 8])
    let y = encoder(Tensor([-1, 0, 2, 4, 12], shape: [5, 1])).values
    #expect(
      y == [
        0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0.5, 0, 1, 1, 1, 0, 1, 1, 1, 2,
      ])
  }

  @Test func aQuantileIsTheShareOfTrainingRowsBelow() {
    let encoder = encoder(.quantile, features: 1, bins: 4)
    store.fitBuffers(to: Tensor([0, 1, 10, 100, 1000], shape: [5, 1]))
    let shares = encoder(Tensor([-5, 0, 10, 55, 1000, 9999], shape: [6, 1])).values
      .map { Double($0) / 12.0.squareRoot() + 0.5 }
    expectClose(shares, [0, 0, 0.5, 0.625, 1, 1], absolute: 1e-6)
  }

  @Test func rawColumnsAreTheNumbersAndKeepNoState() {
    let numbers = Tensor(normal: "numbers", shape: [4, 2])
    #expect(encoder(.raw, features: 2, bins: 8)(numbers).values == numbers.values)
    #expect(store.buffers.isEmpty && !store.hasBuffersToFit)
  }

  @Test(arguments: [NumericalInput.columns, .field])
  func encodedColumnsEnterTheInputAsOthersDo(input: NumericalInput) {
    let embedding = FeatureEmbedding(
      fieldSizes: [2], numericalCount: 2, embeddingSize: 3,
      numericalColumns: .fixed(.piecewiseLinear, bins: 4), numericalInput: input, scope: scope)
    let x = embedding(
      ids: [0, 1], bags: [], numericals: Tensor(normal: "numbers", shape: [2, 2]),
      in: .evaluation())
    #expect(x.shape == [2, input == .field ? 6 : 11] && embedding.outputSize == x.shape[1])
  }
}
