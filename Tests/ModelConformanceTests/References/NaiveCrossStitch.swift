import Baselines
import Ranking
import TestKit

/// x_{o,l} = Σ_p α^l_{o,p} · f_{p,l}(x_{p,l-1}), logit_o = tower_o(x_{o,L}).
struct NaiveCrossStitch: NaiveReference {
  typealias Model = CrossStitch

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let taskCount = problem.tasks.count
    let count = taskCount * (settings.axis == .flat ? problem.scenarios.leafCount : 1)
    let x = try network.input(row, of: problem, settings.input)
    var states = [[Double]](repeating: x, count: count)
    for depth in settings.networkSizes.indices {
      let h = try states.enumerated().map { objective, state in
        try network.perceptron(
          state, "networks/\(depth)/\(objective)", settings.towers.activation)
      }
      states = count > 1 ? try (0..<count).map { try stitched(h, for: $0, depth: depth) } : h
    }
    let first = settings.axis == .flat ? Int(row.leaf) * taskCount : 0
    return try problem.tasks.enumerated().map { number, task in
      try network.tower(
        states[first + number], "towers/\(task.name)" + row.place(on: settings.axis, in: problem),
        settings.towers.activation)
    }
  }

  private func stitched(_ h: [[Double]], for output: Int, depth: Int) throws -> [Double] {
    let name = "units/\(depth)/factors"
    if !settings.perChannel { return NaiveNetwork.mixture(try network.row(output, of: name), h) }
    var sum = [Double](repeating: 0, count: h[0].count)
    for (objective, activations) in h.enumerated() {
      let factors = try network.row(output * h.count + objective, of: name)
      for channel in sum.indices { sum[channel] += factors[channel] * activations[channel] }
    }
    return sum
  }
}
