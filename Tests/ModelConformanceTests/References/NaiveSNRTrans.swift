import Baselines
import Ranking
import TestKit

/// Levels of sub-networks; what is read of each of the level below is z · u M, with
/// z = min(1, max(0, 1.2 σ(log α) - 0.1)).
struct NaiveSNRTrans: NaiveReference {
  typealias Model = SNRTrans
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    let activation = settings.towers.activation
    let count = settings.subnetworkCount
    let x = try network.input(row, of: problem, settings.input)
    var u = try (0..<count).map { try network.perceptron(x, "levels/0/\($0)", activation) }
    for level in 1..<max(1, settings.levelCount) {
      let path = "connections/\(level - 1)"
      u = try (0..<count).map { index in
        let v = try connected(u, "\(path)/\(index)/weight", logits: "\(path)/logits", row: index)
        return try network.perceptron(v, "levels/\(level)/\(index)", activation)
      }
    }
    let place = row.place(on: settings.axis, in: problem)
    let first = settings.axis == .flat ? Int(row.leaf) * problem.tasks.count : 0
    return try problem.tasks.enumerated().map { number, task in
      let v = try connected(
        u, "routes/\(task.name)\(place)/weight", logits: "routes/logits", row: first + number)
      return try network.tower(v, "towers/\(task.name)\(place)", activation)
    }
  }

  private func connected(
    _ u: [Vector], _ matrix: String, logits: String, row: Int
  ) throws -> Vector {
    let z = try network.row(row, of: logits).map { logit in
      min(1, max(0, 1.2 / (1 + (-logit).exponential) - 0.1))
    }
    return try network.linear(zip(z, u).flatMap { z, u in u.map { z * $0 } }, matrix)
  }
}
