import Baselines
import Ranking
import TestKit

/// x' = w_s ⊙ x + b_s, logit_t = tower_t(Σ_k softmax(x' G_t)_k · experts(x')_k), own experts first.
struct NaiveSARNet: NaiveReference {
  typealias Model = SARNet

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let place = row.place(on: .flat, in: problem)
    let activation = settings.towers.activation
    let scale = try network.row(0, of: "transform\(place)/scale")
    let shift = try network.row(0, of: "transform\(place)/shift")
    let x = try network.input(row, of: problem, settings.input).enumerated()
      .map { scale[$0] * $1 + shift[$0] }
    let experts =
      try (0..<settings.specificExpertCount).map {
        try network.perceptron(x, "specific\(place)/\($0)", activation)
      }
      + (0..<settings.sharedExpertCount).map {
        try network.perceptron(x, "shared/\($0)", activation)
      }
    let gates = try network.linear(x, "gates/weight")
    return try problem.tasks.enumerated().map { number, task in
      let start = number * experts.count
      let weights = NaiveNetwork.softmax(Array(gates[start..<start + experts.count]))
      return try network.tower(
        NaiveNetwork.mixture(weights, experts),
        "towers/\(task.name)" + (settings.privateTowers ? place : ""), activation)
    }
  }
}
