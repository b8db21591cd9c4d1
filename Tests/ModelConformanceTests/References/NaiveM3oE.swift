import Baselines
import Ranking
import TestKit

/// logit = tower(M + α_D D + α_K K): shared experts by a gate, experts of scenarios and of tasks by
/// their shares β and (1 - β) / (count - 1).
struct NaiveM3oE: NaiveReference {
  typealias Model = M3oE

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let place = row.place(on: .flat, in: problem)
    let h = zip(
      try layers(star(x, place), "representation/layers"), try layers(x, "representation/skip")
    ).map(+)
    let shared = try (0..<settings.expertCount).map { try layers(h, "experts/shared/\($0)") }
    let ofScenarios = try (0..<problem.scenarios.leafCount).map {
      try layers(h, "experts/scenario/\($0)")
    }
    let ofTasks = try problem.tasks.map { try layers(h, "experts/task/\($0.name)") }
    let gates = try network.linear(h, "gates\(place)/weight")
    return try problem.tasks.enumerated().map { number, task in
      let start = number * settings.expertCount
      let weights = NaiveNetwork.softmax(Array(gates[start..<start + settings.expertCount]))
      let terms = [
        NaiveNetwork.mixture(weights, shared),
        try balanced(ofScenarios, own: Int(row.leaf), "balance/scenario"),
        try balanced(ofTasks, own: number, "balance/task"),
      ]
      return try network.tower(
        NaiveNetwork.mixture([1, 1, 1], terms), "towers/\(task.name)\(place)",
        settings.towers.activation)
    }
  }

  private func star(_ x: [Double], _ place: String) throws -> [Double] {
    let own = "representation/star/own\(place)"
    var y = zip(
      try network.row(0, of: "representation/star/bias"), try network.row(0, of: "\(own)/bias")
    ).map(+)
    for (input, value) in x.enumerated() {
      let shared = try network.row(input, of: "representation/star/weight")
      let factors = try network.row(input, of: "\(own)/weight")
      for column in y.indices { y[column] += value * shared[column] * factors[column] }
    }
    return y
  }

  private func balanced(_ experts: [[Double]], own: Int, _ path: String) throws -> [Double] {
    let alpha = NaiveNetwork.activated(try network.row(0, of: "\(path)/amount")[0], by: .sigmoid)
    var shares = [alpha]
    if experts.count > 1 {
      let beta = NaiveNetwork.activated(
        try network.row(0, of: "\(path)/ownShare")[0], by: .sigmoid)
      shares = experts.indices.map {
        alpha * ($0 == own ? beta : (1 - beta) / Double(experts.count - 1))
      }
    }
    return NaiveNetwork.mixture(shares, experts)
  }

  /// relu(LN(h W + b)) for every layer under a path.
  private func layers(_ x: [Double], _ path: String) throws -> [Double] {
    var h = x
    var depth = 0
    while network.has("\(path)/layer\(depth)/weight") {
      let place = "\(path)/layer\(depth)"
      let sums = zip(
        try network.linear(h, "\(place)/weight"), try network.row(0, of: "\(place)/bias")
      ).map(+)
      let mean = sums.reduce(0, +) / Double(sums.count)
      let variance = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sums.count)
      let scale = try network.row(0, of: "\(place)/norm/scale")
      let shift = try network.row(0, of: "\(place)/norm/shift")
      h = sums.indices.map {
        max(0, scale[$0] * (sums[$0] - mean) / (variance + 1e-5).squareRoot() + shift[$0])
      }
      depth += 1
    }
    return h
  }
}
