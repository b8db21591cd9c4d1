import Baselines
import Ranking
import TestKit

/// logit_{t,p} = tower_{t,p}(f_p(x_p)).
struct NaivePerScenario: NaiveReference {
  typealias Model = PerScenario

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let place = row.place(on: .flat, in: problem)
    let x = try network.input(
      row, of: problem, settings.input,
      at: settings.sharedEmbeddings ? "input" : "networks\(place)/input")
    let h = try network.perceptron(x, "networks\(place)", settings.towers.activation)
    return try problem.tasks.map { task in
      try network.tower(h, "towers/\(task.name)\(place)", settings.towers.activation)
    }
  }
}
