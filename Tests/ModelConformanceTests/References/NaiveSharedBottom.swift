import Baselines
import Ranking
import TestKit

/// logit_o = tower_o(f(x)).
struct NaiveSharedBottom: NaiveReference {
  typealias Model = SharedBottom

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let h = try network.perceptron(x, "bottom", settings.towers.activation)
    return try problem.tasks.map { task in
      try network.tower(
        h, "towers/\(task.name)" + row.place(on: settings.axis, in: problem),
        settings.towers.activation)
    }
  }
}
