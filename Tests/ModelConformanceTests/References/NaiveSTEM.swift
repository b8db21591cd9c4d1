import Baselines
import Ranking
import TestKit

/// Experts of every task on its own embeddings and shared ones on shared embeddings; every task mixes all.
struct NaiveSTEM: NaiveReference {
  typealias Model = STEM
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    let place = row.place(on: settings.axis, in: problem)
    var shared = try network.input(row, of: problem, settings.input)
    var own = try problem.tasks.map { task in
      try settings.sharedEmbedding
        ? shared
        : network.input(
          row, of: problem, settings.input, at: "tasks/\(task.name)\(place)/input")
    }
    for level in 0..<settings.levelCount {
      let path = "levels/\(level)"
      let specific = try zip(problem.tasks, own).map { task, x in
        try experts(x, settings.specificExpertCount, "\(path)/specific/\(task.name)\(place)")
      }
      let common = try experts(shared, settings.sharedExpertCount, "\(path)/shared")
      let all = specific.flatMap { $0 } + common
      own = try zip(problem.tasks, own).map { task, x in
        try mixture(all, by: zip(x, shared).map(+), "\(path)/gates/\(task.name)\(place)")
      }
      if level < settings.levelCount - 1 {
        shared = try mixture(all, by: shared, "\(path)/sharedGate")
      }
    }
    return try zip(problem.tasks, own).map { task, h in
      try network.tower(h, "towers/\(task.name)\(place)", settings.towers.activation)
    }
  }

  private func experts(_ x: Vector, _ count: Int, _ path: String) throws -> [Vector] {
    try (0..<count).map {
      try network.perceptron(x, "\(path)/\($0)", settings.towers.activation)
    }
  }

  private func mixture(_ outputs: [Vector], by x: Vector, _ path: String) throws -> Vector {
    let h = try network.perceptron(x, path)
    let scores = zip(
      try network.linear(h, "\(path)/weight"), try network.row(0, of: "\(path)/bias")
    ).map(+)
    return NaiveNetwork.mixture(NaiveNetwork.softmax(scores), outputs)
  }
}
