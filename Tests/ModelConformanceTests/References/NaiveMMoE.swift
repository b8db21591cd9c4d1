import Baselines
import Ranking
import TestKit

/// logit_o = tower_o(Σ_k g_o(x)_k · f_k(x)), g_o(x) = softmax(x G_o).
struct NaiveMMoE: NaiveReference {
  typealias Model = MMoE

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let count = settings.expertCount
    let experts = try (0..<count).map {
      try network.perceptron(x, "experts/\($0)", settings.towers.activation)
    }
    let place = row.place(on: settings.axis, in: problem)
    let gates = try network.linear(x, "gates" + (settings.sharedGate ? "" : place) + "/weight")
    return try problem.tasks.enumerated().map { number, task in
      let start = settings.sharedGate ? 0 : number * count
      let weights = NaiveNetwork.softmax(Array(gates[start..<start + count]))
      return try network.tower(
        NaiveNetwork.mixture(weights, experts), "towers/\(task.name)\(place)",
        settings.towers.activation)
    }
  }
}
