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

  @Test func everyPartIsABatchOfItsRows() {
    let rows = TinyProblem.oneLevel.training
    let batch = rows.first(30).batch
    let parts = ScenarioParts(batch, axis: .flat, leafCount: 3)
    let order = (Int32(0)..<30).sorted {
      (batch.leaves[Int($0)], $0) < (batch.leaves[Int($1)], $1)
    }
    var start = 0
    for (leaf, part) in parts.batches(of: batch).enumerated() {
      let own = order[start..<start + part.rowCount]
      let expected = rows.batch(rows: Array(own)).batch
      #expect(part.leaves.allSatisfy { $0 == leaf })
      #expect(part.ids == expected.ids && part.leaves == expected.leaves)
      #expect(part.numericals.values == expected.numericals.values)
      #expect(part.bags.map(\.ids) == expected.bags.map(\.ids))
      #expect(part.bags.map(\.offsets) == expected.bags.map(\.offsets))
      start += part.rowCount
    }
    #expect(start == 30)
    #expect(ScenarioParts(batch, axis: .task, leafCount: 3).batches(of: batch)[0].ids == batch.ids)
  }

  @Test func aPartWithoutRowsIsAnEmptyBatch() {
    let leaves: [Int32] = [2, 0, 2]
    let parts = ScenarioParts(batch(leaves: leaves), axis: .flat, leafCount: 3)
    #expect(parts.batches(of: batch(leaves: leaves)).map(\.rowCount) == [1, 0, 2])
  }

  /// Parts of two and one rows: two experts for each part, then one that all rows pass through.
  @Test func mixturesFindTheExpertsOfAPartAndSharedOnes() {
    let parts = ScenarioParts(batch(leaves: [1, 0, 0]), axis: .flat, leafCount: 2)
    #expect(parts.segments(ownExperts: 2) == Segments(counts: [2, 1], readerCount: 2))
    // Stacked: expert 0 and 1 of part 0 (rows 0, 1), of part 1 (row 2), the shared one (rows 0, 1, 2).
    #expect(
      parts.positions(of: [.own(2), .shared(1)]) == [0, 2, 6, 1, 3, 7, 4, 5, 8])
    #expect(
      parts.positions(of: [.shared(1), .own(2)]) == [0, 3, 5, 1, 4, 6, 2, 7, 8])
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
