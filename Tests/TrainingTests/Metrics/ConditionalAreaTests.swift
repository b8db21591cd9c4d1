import Foundation
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// The AUC of conversion rates on clicked rows, beside its plainest form.
@Suite struct ConditionalAreaTests {
  /// Clicks, conversions of clicked rows, and visits that follow nothing, in two scenarios.
  private struct Trial {
    let rows: InMemoryRows
    let logits: Tensor

    init(count: Int) {
      let problem = Problem(
        fields: [CategoricalField(name: "item", vocabularySize: 3)], bags: [], numericals: [],
        scenarios: ScenarioTree(name: "country", values: ["NL", "FR"]),
        tasks: [
          RankingTask(name: "conversion", follows: "click"), RankingTask(name: "click"),
          RankingTask(name: "visit"),
        ])
      var stream = RandomStreams(seed: 9)["rows"]
      var logits: [Float] = []
      let rows = (0..<count).map { row in
        let click: Float = stream.uniform() < 0.5 ? 1 : 0
        let conversion: Float = click > 0 && stream.uniform() < 0.4 ? 1 : 0
        let visit: Float = stream.uniform() < 0.5 ? 1 : 0
        // In halves, so that there are ties.
        logits += (0..<3).map { _ in Float((2 * stream.normal()).rounded()) / 2 }
        return InMemoryRows.Row(
          ids: [0], leaf: Int32(row % 2), labels: [conversion, click, visit])
      }
      self.rows = InMemoryRows(problem: problem, rows: rows)
      self.logits = Tensor(logits, shape: [count, 3])
    }

    func grid() throws -> MetricGrid {
      try withTemporaryPath { folder in
        try NumPyFile.write(logits, to: folder + "/test.npy")
        return try GivenPredictions(contentsOf: folder + "/test.npy", scores: .logOdds)
          .evaluate(on: TestSplit(rows))
      }
    }

    /// The share of pairs of a converted and another clicked row in the right order.
    func naive(leaf: Int32?) -> Double? {
      func rate(_ z: Float) -> Double { 1 / (1 + exp(-Double(z))) }
      let clicked = rows.rows.indices.filter {
        rows.rows[$0].labels[1] == 1 && (leaf == nil || rows.rows[$0].leaf == leaf)
      }
      let z = logits.values
      func score(_ row: Int) -> Double { log(rate(z[3 * row]) / rate(z[3 * row + 1])) }
      var (right, pairs) = (0.0, 0.0)
      for a in clicked where rows.rows[a].labels[0] == 1 {
        for b in clicked where rows.rows[b].labels[0] == 0 {
          pairs += 1
          if abs(score(a) - score(b)) < 1e-5 {
            right += 0.5
          } else if score(a) > score(b) {
            right += 1
          }
        }
      }
      return pairs == 0 ? nil : right / pairs
    }
  }

  @Test func aConversionIsRankedByItsConditionalRateAmongClickedRows() throws {
    let trial = Trial(count: 400)
    let grid = try trial.grid()
    let cells: [(MetricCell, Int32?)] = [
      (grid.pooled[0], nil), (grid.cells[0][0], 0), (grid.cells[0][1], 1),
    ]
    for (cell, leaf) in cells {
      let value = try #require(cell[.conditionalAUC])
      let naive = try #require(trial.naive(leaf: leaf))
      #expect(abs(value - naive) < 1e-3)
      #expect(value != cell[.auc])
    }
  }

  @Test func aTaskThatFollowsNoneHasNoValue() throws {
    let grid = try Trial(count: 100).grid()
    for task in [1, 2] {
      #expect(grid.pooled[task].has(.conditionalAUC) && grid.pooled[task][.conditionalAUC] == nil)
    }
    #expect(grid.macro(.conditionalAUC).mean == grid.macro(.conditionalAUC, task: 0).mean)
  }

  @Test func withoutClickedRowsOfBothKindsNothingIsDefined() throws {
    #expect(try Trial(count: 2).grid().cells[0].allSatisfy { $0[.conditionalAUC] == nil })
  }
}
