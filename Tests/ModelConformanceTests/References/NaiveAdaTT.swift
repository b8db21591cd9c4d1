import Baselines
import Ranking
import TestKit

/// x_o ← Σ_k softmax(x_o W_o + b_o)_k e_k + Σ_j w_{o,j} e_{o,j}, over the experts of all objectives.
struct NaiveAdaTT: NaiveReference {
  typealias Model = AdaTT
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    let x = try network.input(row, of: problem, settings.input)
    let taskCount = problem.tasks.count
    let count = taskCount * (settings.axis == .flat ? problem.scenarios.leafCount : 1)
    let (own, common) = (settings.specificExpertCount, settings.sharedExpertCount)
    var units = [Vector](repeating: x, count: count + (common > 0 ? 1 : 0))
    for level in 0..<settings.levelCount - 1 {
      let experts = try experts(units, objectives: count, level)
      units = try units.enumerated().map { unit, input in
        try fused(
          input, experts, own: unit * own, count: unit < count ? own : common,
          gate: "levels/\(level)/gates/\(unit)", residual: "levels/\(level)/residuals/\(unit)")
      }
    }
    let last = settings.levelCount - 1
    let experts = try experts(units, objectives: count, last)
    let place = row.place(on: settings.axis, in: problem)
    let first = settings.axis == .flat ? Int(row.leaf) * taskCount : 0
    return try problem.tasks.enumerated().map { number, task in
      let path = "\(task.name)\(place)"
      let state = try fused(
        units[first + number], experts, own: (first + number) * own, count: own,
        gate: "levels/\(last)/gates/\(path)", residual: "levels/\(last)/residuals/\(path)")
      return try network.tower(state, "towers/\(path)", settings.towers.activation)
    }
  }

  private func experts(_ units: [Vector], objectives: Int, _ level: Int) throws -> [Vector] {
    let specific = try (0..<objectives).flatMap { objective in
      try (0..<settings.specificExpertCount).map {
        try network.perceptron(
          units[objective], "levels/\(level)/specific/\(objective)/\($0)",
          settings.towers.activation)
      }
    }
    let shared = try (0..<settings.sharedExpertCount).map {
      try network.perceptron(
        units[objectives], "levels/\(level)/shared/\($0)", settings.towers.activation)
    }
    return specific + shared
  }

  private func fused(
    _ x: Vector, _ experts: [Vector], own: Int, count: Int, gate: String, residual: String
  ) throws -> Vector {
    let scores = zip(
      try network.linear(x, "\(gate)/weight"), try network.row(0, of: "\(gate)/bias")
    ).map(+)
    let fused = NaiveNetwork.mixture(NaiveNetwork.softmax(scores), experts)
    let weights = count == 1 ? [1] : try network.row(0, of: "\(residual)/weight")
    let kept = NaiveNetwork.mixture(weights, Array(experts[own..<own + count]))
    return zip(fused, kept).map(+)
  }
}
