import Baselines
import Ranking
import TestKit

/// logit_t = logit(Σ_j W_t(x)_j σ(z_{t,j})), z_{t,j} = tower_{t,j}(Σ_i g_{t,j}(x)_i · f_i(x)).
struct NaiveHMoE: NaiveReference {
  typealias Model = HMoE

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let experts = try (0..<settings.expertCount).map {
      try network.perceptron(x, "experts/\($0)", settings.activation)
    }
    let leafCount = problem.scenarios.leafCount
    return try problem.tasks.map { task in
      let scores = try (0..<leafCount).map { leaf -> Double in
        let place = leafCount > 1 ? "\(task.name)/scenario/\(leaf)" : task.name
        let weights = try gate(x, "gates/\(place)")
        return try network.tower(
          NaiveNetwork.mixture(weights, experts), "towers/\(place)", settings.activation)
      }
      guard leafCount > 1 else { return scores[0] }
      let weights = try gate(x, "mixture/\(task.name)")
      let share = zip(weights, scores).reduce(0) {
        $0 + $1.0 * NaiveNetwork.activated($1.1, by: .sigmoid)
      }
      return (share / (1 - share)).naturalLogarithm
    }
  }

  private func gate(_ x: [Double], _ path: String) throws -> [Double] {
    NaiveNetwork.softmax(
      zip(
        try network.linear(network.perceptron(x, path), "\(path)/weight"),
        try network.row(0, of: "\(path)/bias")
      ).map(+))
  }
}
