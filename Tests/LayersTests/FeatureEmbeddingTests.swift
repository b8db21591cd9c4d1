import Layers
import TensorCore
import TestKit
import Testing

@Suite("Feature embedding")
struct FeatureEmbeddingTests {
  private let store = ParameterStore()
  private var scope: ParameterScope {
    ParameterScope(store: store, streams: RandomStreams(seed: 3))
  }

  @Test func everyFieldAndBagHasItsOwnRowsOfTheTable() {
    let embedding = FeatureEmbedding(
      fieldSizes: [2, 3], bagSizes: [4], numericalCount: 2, embeddingSize: 2, scope: scope)
    // Row r of the table is [r, 10 r].
    let values = (0..<9).flatMap { [Float($0), Float(10 * $0)] }
    store.parameters[0].value.assign(Tensor(values, shape: [9, 2]))
    let x = embedding(
      ids: [1, 0, 0, 2], bags: [(ids: [1, 3, 2], offsets: [0, 2, 3])],
      numericals: Tensor([0.5, 0.25, -1, 2], shape: [2, 2]), in: .evaluation())
    #expect(embedding.outputSize == 8)
    #expect(
      x.value.values == [
        1, 10, 2, 20, 7, 70, 0.5, 0.25,
        0, 0, 4, 40, 7, 70, -1, 2,
      ])
  }

  @Test func anEmptyBagIsZero() {
    let embedding = FeatureEmbedding(
      fieldSizes: [], bagSizes: [3], numericalCount: 0, embeddingSize: 2, scope: scope)
    let x = embedding(
      ids: [], bags: [(ids: [2], offsets: [0, 0, 1])], numericals: Tensor(zeros: [2, 0]),
      in: .evaluation())
    #expect(x.shape == [2, 2] && x.value.values.prefix(2) == [0, 0])
    #expect(x.value.values.suffix(2).contains { $0 != 0 })
  }

  @Test func numericalFeaturesCanEnterAsOneField() throws {
    let embedding = FeatureEmbedding(
      fieldSizes: [2], numericalCount: 2, embeddingSize: 3, numericalInput: .field, scope: scope)
    let weight = try #require(store.parameters.first { $0.name == "numericals" }).value.values
    let x = embedding(
      ids: [0], bags: [], numericals: Tensor([2, -1], shape: [1, 2]), in: .evaluation())
    #expect(embedding.outputSize == 6 && x.shape == [1, 6])
    let expected = (0..<3).map { 2 * Double(weight[$0]) - Double(weight[3 + $0]) }
    expectClose(x.value.values.suffix(3).map(Double.init), expected, relative: 1e-5, absolute: 1e-7)
  }

  @Test func onlyTheRowsOfABatchGetGradient() throws {
    let embedding = FeatureEmbedding(
      fieldSizes: [4, 5], numericalCount: 0, embeddingSize: 2, scope: scope)
    let tape = Tape()
    let x = embedding(
      ids: [1, 0, 1, 4], bags: [], numericals: Tensor(zeros: [2, 0]),
      in: .training(tape: tape, streams: RandomStreams(seed: 1), step: 0))
    tape.backward(from: x.weightedSum(Tensor(repeating: 1, shape: [2, 4])))
    guard case .rows(let rows) = store.parameters[0].gradient else {
      Issue.record("the gradient is not row-sparse")
      return
    }
    #expect(rows.indices == [1, 4, 8])
    #expect(rows.values.values == [2, 2, 1, 1, 1, 1])
  }

  @Test func embeddingTablesReadById() {
    let table = EmbeddingTable(count: 3, size: 4, scope: scope)
    let all = table([0, 1, 2], in: .evaluation()).value.values
    let some = table([2, 0], in: .evaluation()).value.values
    #expect(some == Array(all[8..<12] + all[0..<4]))
  }

  @Test func withoutFeaturesThereAreNoColumns() {
    let embedding = FeatureEmbedding(
      fieldSizes: [], numericalCount: 0, embeddingSize: 2, scope: scope)
    let x = embedding(ids: [], bags: [], numericals: Tensor(zeros: [3, 0]), in: .evaluation())
    #expect(embedding.outputSize == 0 && x.shape == [3, 0])
  }
}
