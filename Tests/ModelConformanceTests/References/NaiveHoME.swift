import Baselines
import Ranking
import TestKit

/// Experts of groups and of all on the input; then experts of tasks, of groups and of all on their mixtures.
struct NaiveHoME: NaiveReference {
  typealias Model = HoME
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    let x = try network.input(row, of: problem, settings.input)
    let place = row.place(on: settings.axis, in: problem)
    let leaders = problem.tasks.filter { $0.follows == nil }.map(\.name)
    let (meta, count) = (settings.metaExpertCount, settings.taskExpertCount)
    let shared = try experts(x, meta, "meta/shared")
    let groups = try leaders.map { try experts(x, meta, "meta/groups/\($0)\(place)") }
    let states = try zip(leaders, groups).map { leader, own in
      try mixture(
        own, shared, by: x, "meta/gates/\(leader)\(place)", "meta/selfGates/\(leader)\(place)")
    }
    let others = place.isEmpty ? groups.flatMap { $0 } : []
    let sharedState = try mixture(
      shared, others, by: x, "meta/sharedGate", "meta/sharedSelfGate")
    let sharedLocal = try experts(sharedState, count, "task/shared")
    return try problem.tasks.map { task in
      let leader = leader(of: task)
      let z = states[leaders.firstIndex(of: leader) ?? 0]
      let own = try experts(z, count, "task/specific/\(task.name)\(place)")
      let local = try experts(z, count, "task/groups/\(leader)\(place)")
      let h = try mixture(
        own, local + sharedLocal, by: z, "task/gates/\(task.name)\(place)",
        "task/selfGates/\(task.name)\(place)")
      return try network.tower(h, "towers/\(task.name)\(place)", settings.towers.activation)
    }
  }

  private func leader(of task: RankingTask) -> String {
    guard let name = task.follows, let followed = problem.tasks.first(where: { $0.name == name })
    else { return task.name }
    return leader(of: followed)
  }

  private func experts(_ x: Vector, _ count: Int, _ path: String) throws -> [Vector] {
    try (0..<count).map { number in
      let place = "\(path)/\(number)"
      let gate = try network.linear(network.linear(x, "\(place)/gate/left"), "\(place)/gate/right")
      var h = zip(x, gate).map { $0 * 2 / (1 + (-$1).exponential) }
      var depth = 0
      while network.has("\(place)/\(depth)/layer0/weight") {
        h = try network.perceptron(h, "\(place)/\(depth)", .identity)
          .map { $0 / (1 + (-$0).exponential) }
        depth += 1
      }
      return h
    }
  }

  private func mixture(
    _ own: [Vector], _ others: [Vector], by x: Vector, _ gate: String, _ selfGate: String
  ) throws -> Vector {
    let weights = NaiveNetwork.softmax(try network.linear(x, "\(gate)/weight"))
    let scores = try network.linear(x, "\(selfGate)/weight")
    let again =
      own.count == 1 ? scores.map { 1 / (1 + (-$0).exponential) } : NaiveNetwork.softmax(scores)
    return zip(
      NaiveNetwork.mixture(weights, own + others), NaiveNetwork.mixture(again, own)
    ).map(+)
  }
}
