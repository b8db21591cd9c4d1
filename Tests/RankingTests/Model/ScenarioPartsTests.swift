import Ranking
import TensorCore
import TestKit
import Testing

@Suite struct ScenarioPartsTests {
  private func batch(leaves: [Int32]) -> Batch {
    Batch(ids: [], numericals: Tensor(zeros: [leaves.count, 0]), leaves: leaves)
  }

  private func column(_ values: [Float]) -> Variable {
    Variable(Tensor(values, shape: [values.count, 1]))
  }

  @Test func rowsOfAScenarioLieTogetherInTheirOrder() {
    let parts = ScenarioParts(batch(leaves: [2, 0, 2, 0, 3]), axis: .flat, leafCount: 4)
    #expect(parts.segments == Segments(counts: [2, 0, 2, 1]))
    let ordered = parts.ordered(column([10, 11, 12, 13, 14]))
    #expect(ordered.value.values == [11, 13, 10, 12, 14])
    #expect(parts.restored(ordered).value.values == [10, 11, 12, 13, 14])
  }

  @Test func taskAxisIsOnePart() {
    let parts = ScenarioParts(batch(leaves: [2, 0, 1]), axis: .task, leafCount: 3)
    #expect(parts.segments == Segments(counts: [3]))
    let x = column([1, 2, 3])
    #expect(parts.ordered(x) === x && parts.restored(x) === x)
  }

  @Test func oneScenarioIsOnePart() {
    let parts = ScenarioParts(batch(leaves: [0, 0]), axis: .flat, leafCount: 1)
    #expect(parts.segments == Segments(counts: [2]))
  }

  @Test func batchWithoutRowsHasEmptyParts() {
    let parts = ScenarioParts(batch(leaves: []), axis: .flat, leafCount: 3)
    #expect(parts.segments == Segments(counts: [0, 0, 0]))
    #expect(parts.ordered(column([])).shape == [0, 1])
  }

  @Test func scopesOfTheFlatAxisArePrivate() {
    let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 0))["tower"]
    let scopes = ScenarioParts.scopes(scope, axis: .flat, leafCount: 2)
    let parameters = scopes.map { $0.parameter("weight", shape: [1], initializer: .zeros) }
    #expect(
      parameters.map(\.name) == ["tower/scenario/0/weight", "tower/scenario/1/weight"])
    #expect(parameters.map(\.scenario) == [0, 1])
    let shared = ScenarioParts.scopes(scope, axis: .task, leafCount: 2)
    #expect(shared.map(\.path) == ["tower"])
  }
}
