import Baselines
import Ranking
import TestKit

/// Levels of towers, each a mixture of those below that the leaf's mask keeps.
struct NaiveAREAD: NaiveReference {
  typealias Model = AREAD

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let activation = settings.towers.activation
    let counts = settings.levelCounts
    let experts = try (0..<settings.expertCount).map {
      try network.perceptron(x, "experts/\($0)", activation)
    }
    let masks = try (1..<counts.count).map {
      try network.row(Int(row.leaf), of: "connections/\($0)/mask")
    }
    let gates = try network.linear(x, "gates/weight")
    var states: [[Double]?] = try (0..<counts[0]).map { tower in
      guard (0..<counts[1]).contains(where: { masks[0][$0 * counts[0] + tower] != 0 }) else {
        return nil
      }
      let start = tower * settings.expertCount
      let weights = NaiveNetwork.softmax(Array(gates[start..<start + settings.expertCount]))
      return try network.perceptron(
        NaiveNetwork.mixture(weights, experts), "levels/0/towers/\(tower)", activation)
    }
    let groups = try states.indices.filter { states[$0] != nil }.map {
      try network.row($0, of: "indicators/tower/table")
    }
    let known =
      try network.row(Int(row.leaf), of: "indicators/scenario/table")
      + NaiveNetwork.mixture(groups.map { _ in 1 / Double(groups.count) }, groups)
    for level in 1..<counts.count {
      let logits = zip(
        try network.linear(known, "levels/\(level)/gates/weight"),
        try network.row(0, of: "levels/\(level)/gates/bias")
      ).map(+)
      let below = counts[level - 1]
      states = try (0..<counts[level]).map { tower in
        let kept = (0..<below).filter { masks[level - 1][tower * below + $0] != 0 }
        if kept.isEmpty { return nil }
        let weights = NaiveNetwork.softmax(kept.map { logits[tower * below + $0] })
        return try network.perceptron(
          NaiveNetwork.mixture(weights, kept.compactMap { states[$0] }),
          "levels/\(level)/towers/\(tower)", activation)
      }
    }
    let activeCount = Double(states.count { $0 != nil })
    let seen = states.flatMap { state in
      state.map { $0.map { $0 / activeCount } }
        ?? [Double](repeating: 0, count: settings.levelSizes[counts.count - 1])
    }
    return try problem.tasks.map { task in
      try network.tower(
        seen, "towers/\(task.name)" + row.place(on: settings.axis, in: problem), activation)
    }
  }
}
