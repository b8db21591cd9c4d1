import Baselines
import Ranking
import TestKit

/// logit_t = tower_t(f_t(x_t)).
struct NaiveSingleTask: NaiveReference {
  typealias Model = SingleTask

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let activation = settings.towers.activation
    return try problem.tasks.map { task in
      let x = try network.input(row, of: problem, settings.input, at: "tasks/\(task.name)/input")
      let h = try network.perceptron(x, "tasks/\(task.name)/network", activation)
      return try network.tower(h, "towers/\(task.name)", activation)
    }
  }
}
