import Layers
import Ranking
import TensorCore
import TestKit
import Testing

@Suite struct InputLayerTests {
  private func layer(
    _ tiny: TinyProblem, _ change: (inout InputHyperparameters) -> Void = { _ in }
  ) -> (layer: InputLayer, store: ParameterStore) {
    var hyperparameters = InputHyperparameters()
    hyperparameters.embeddingSize = 4
    change(&hyperparameters)
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 2))
    return (InputLayer(hyperparameters, problem: tiny.problem, scope: scope), store)
  }

  @Test(arguments: TinyProblem.all, [true, false])
  func gradientsAgree(tiny: TinyProblem, scenarioFeature: Bool) {
    let (input, store) = layer(tiny) { $0.scenarioFeature = scenarioFeature }
    guard store.parameterCount > 0 else { return }
    let batch = tiny.training.first(9).batch
    checkGradients(store: store) { input(batch, in: $0) }
  }

  @Test(arguments: TinyProblem.all)
  func everyRowGetsTheStatedColumns(tiny: TinyProblem) {
    let (input, _) = layer(tiny)
    for rowCount in [5, 1, 0] {
      let x = input(tiny.training.first(rowCount).batch, in: .evaluation())
      #expect(x.shape == [rowCount, input.outputSize])
    }
  }

  /// x begins with one vector per feature with an embedding; those of the scenario follow the fields.
  @Test(arguments: TinyProblem.all, [true, false])
  func embeddingsLieWhereTheLayerSays(tiny: TinyProblem, scenarioFeature: Bool) {
    let (input, _) = layer(tiny) { $0.scenarioFeature = scenarioFeature }
    let (problem, levels) = (tiny.problem, scenarioFeature ? tiny.problem.scenarios.depth : 0)
    #expect(input.vectorSize == 4)
    #expect(input.vectorCount == problem.fields.count + levels + problem.bags.count)
    #expect(input.vectorCount * 4 + problem.numericals.count == input.outputSize)
    let start = problem.fields.count * 4
    #expect(input.scenarioColumns == start..<start + 4 * levels)
    guard let row = tiny.training.rows.first, problem.scenarios.leafCount > 1 else { return }
    var moved = row
    moved.leaf = row.leaf == 0 ? 1 : 0
    let x = input(
      InMemoryRows(problem: problem, rows: [row, moved]).all.batch, in: .evaluation()
    ).value.values
    let (first, second) = (x.prefix(input.outputSize), Array(x.suffix(input.outputSize)))
    let differing = Set(first.indices.filter { first[$0] != second[$0] })
    #expect(differing.isSubset(of: Set(input.scenarioColumns)))
    #expect(differing.isEmpty == input.scenarioColumns.isEmpty)
  }

  /// The scenario of each level is one more field, so x differs between leaves that are otherwise
  /// alike, and only where the feature is wanted.
  @Test(arguments: [true, false])
  func scenarioEntersAsAFeature(isWanted: Bool) {
    let tiny = TinyProblem.twoLevels
    let (input, _) = layer(tiny) { $0.scenarioFeature = isWanted }
    let rows = (0..<5).map { leaf in
      var row = tiny.training.rows[0]
      row.leaf = Int32(leaf)
      return row
    }
    let x = input(InMemoryRows(problem: tiny.problem, rows: rows).all.batch, in: .evaluation())
    let width = input.outputSize
    let vectors = Set((0..<5).map { Array(x.value.values[$0 * width..<($0 + 1) * width]) })
    #expect(vectors.count == (isWanted ? 5 : 1))
  }
}
