import Experiments
import TensorCore
import Testing

@Suite struct OrderChangeTests {
  /// All choices of one value of every model.
  private func choices(_ values: [[Double]]) -> [[Double]] {
    values.reduce([[]]) { choices, own in
      choices.flatMap { choice in own.map { choice + [$0] } }
    }
  }

  /// Scores with two digits, so that ties occur.
  private func scores(_ counts: [Int], _ stream: inout RandomStream) -> [[Double]] {
    counts.map { count in (0..<count).map { _ in (stream.uniform() * 8).rounded() / 8 } }
  }

  @Test func probabilitiesAreThoseOfAllChoicesCounted() throws {
    var stream = RandomStreams(seed: 3)["order changes"]
    for counts in [[1, 1], [2, 3, 1], [3, 3, 3, 3], [4, 1, 2, 3]] {
      for higherIsBetter in [true, false] {
        let reference = scores(counts.map { _ in 1 }, &stream).map { $0[0] }
        let values = scores(counts, &stream)
        let change = try #require(
          OrderChange(from: reference, to: values, higherIsBetter: higherIsBetter))
        func isBetter(_ a: Double, _ b: Double) -> Bool { higherIsBetter ? a > b : a < b }
        let all = choices(values)
        let first = try #require(
          reference.indices.first { own in !reference.contains { isBetter($0, reference[own]) } })
        #expect(change.first == first)
        let changed = all.count { choice in choice.contains { isBetter($0, choice[first]) } }
        #expect(abs(change.firstChange - Double(changed) / Double(all.count)) < 1e-12)
        for a in reference.indices {
          for b in reference.indices where a != b {
            guard reference[a] != reference[b] else {
              #expect(change.flips[a][b] == nil)
              continue
            }
            let flipped = all.count { choice in
              isBetter(reference[a], reference[b])
                ? isBetter(choice[b], choice[a]) : isBetter(choice[a], choice[b])
            }
            let flip = try #require(change.flips[a][b])
            #expect(abs(flip - Double(flipped) / Double(all.count)) < 1e-12)
          }
        }
      }
    }
  }

  @Test func theSameScoresChangeNothing() throws {
    let scores = [0.7, 0.72, 0.71]
    let change = try #require(OrderChange(from: scores, to: scores.map { [$0] }))
    #expect(change.first == 1 && change.firstChange == 0)
    #expect(change.flipped() == (0, 3))
  }

  @Test func theOppositeOrderFlipsAllPairs() throws {
    let change = try #require(OrderChange(from: [1, 2, 3], to: [[3], [2], [1]]))
    #expect(change.flipped() == (3, 3) && change.firstChange == 1)
    #expect(change.flipped { a, b in a == 0 && b == 2 } == (1, 1))
  }

  @Test func tiesAreNoChange() throws {
    let tied = try #require(OrderChange(from: [1, 2], to: [[5], [5]]))
    #expect(tied.flipped() == (0, 1) && tied.firstChange == 0)
    let equal = try #require(OrderChange(from: [1, 1], to: [[5], [6]]))
    #expect(equal.flipped() == (0, 0) && equal.first == 0 && equal.firstChange == 1)
    #expect(OrderChange(from: [], to: []) == nil)
  }
}
