import Baselines
import Ranking
import TestKit

/// Levels of experts: those of each objective, and shared ones that all objectives mix in.
struct NaivePLE: NaiveReference {
  typealias Model = PLE
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    let x = try network.input(row, of: problem, settings.input)
    let partCount = settings.axis == .flat ? problem.scenarios.leafCount : 1
    let part = settings.axis == .flat ? Int(row.leaf) : 0
    var shared = x
    var own = [Vector](repeating: x, count: partCount * problem.tasks.count)
    for level in 0..<settings.levelCount - 1 {
      let path = "levels/\(level)"
      let common = try experts(settings.sharedExpertCount, shared, "\(path)/shared")
      let specific = try own.enumerated().map { objective, input in
        try experts(settings.specificExpertCount, input, "\(path)/specific/\(objective)")
      }
      let next = try own.enumerated().map { objective, input in
        try mixture(specific[objective] + common, by: input, "\(path)/gates/\(objective)")
      }
      shared = try mixture(specific.flatMap { $0 } + common, by: shared, "\(path)/sharedGate")
      own = next
    }
    let path = "levels/\(settings.levelCount - 1)"
    let common = try experts(settings.sharedExpertCount, shared, "\(path)/shared")
    let place = row.place(on: settings.axis, in: problem)
    return try problem.tasks.enumerated().map { number, task in
      let input = own[part * problem.tasks.count + number]
      let specific = try experts(
        settings.specificExpertCount, input, "\(path)/specific/\(task.name)\(place)")
      return try network.tower(
        mixture(specific + common, by: input, "\(path)/gates/\(task.name)\(place)"),
        "towers/\(task.name)\(place)", settings.towers.activation)
    }
  }

  private func experts(_ count: Int, _ x: Vector, _ path: String) throws -> [Vector] {
    try (0..<count).map {
      try network.perceptron(x, "\(path)/\($0)", settings.towers.activation)
    }
  }

  private func mixture(_ outputs: [Vector], by x: Vector, _ path: String) throws -> Vector {
    NaiveNetwork.mixture(NaiveNetwork.softmax(try network.linear(x, "\(path)/weight")), outputs)
  }
}
