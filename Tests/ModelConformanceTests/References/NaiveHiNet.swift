import Baselines
import Ranking
import TestKit

/// c = [Σ_{i≠s} a_i SEI_i; SEI_s; SEI_shared], then one level of CGC and towers.
struct NaiveHiNet: NaiveReference {
  typealias Model = HiNet

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let (leaf, leafCount) = (Int(row.leaf), problem.scenarios.leafCount)
    let shared = try extracted(x, "scenario/shared", gate: 0)
    let own = try (0..<leafCount).map {
      try extracted(x, "scenario/own/\($0)", gate: 1 + $0)
    }
    var c = own[leaf] + shared
    if leafCount > 1 { c = NaiveNetwork.mixture(try attention(of: leaf), own) + c }
    let place = row.place(on: settings.axis, in: problem)
    let activation = settings.towers.activation
    return try problem.tasks.map { task in
      let specific = "task/specific/\(task.name)\(place)"
      let experts =
        try (0..<settings.specificExpertCount).map {
          try network.perceptron(c, "\(specific)/\($0)", activation)
        }
        + (0..<settings.sharedExpertCount).map {
          try network.perceptron(c, "task/shared/\($0)", activation)
        }
      let weights =
        settings.addsExperts
        ? experts.map { _ in 1 }
        : NaiveNetwork.softmax(try network.linear(c, "task/gates/\(task.name)\(place)/weight"))
      return try network.tower(
        NaiveNetwork.mixture(weights, experts), "towers/\(task.name)\(place)", activation)
    }
  }

  private func extracted(_ x: [Double], _ path: String, gate: Int) throws -> [Double] {
    let count = settings.subExpertCount
    let experts = try (0..<count).map {
      try network.perceptron(x, "\(path)/\($0)", settings.towers.activation)
    }
    var logits = try network.linear(x, "scenario/gates/weight")[gate * count..<(gate + 1) * count]
      .map { $0 }
    if settings.clipsGates { logits = logits.map { max(0, $0) } }
    return NaiveNetwork.mixture(NaiveNetwork.softmax(logits), experts)
  }

  /// The weight of every scenario for one of them, 0 for its own.
  private func attention(of leaf: Int) throws -> [Double] {
    if problem.scenarios.leafCount == 2, !settings.masksAfterSoftmax {
      return leaf == 0 ? [0, 1] : [1, 0]
    }
    let e = try network.row(leaf, of: "attention/indicators/table")
    var logits = try network.linear(
      network.perceptron(e, "attention/hidden"), "attention/weight")
    if settings.masksAfterSoftmax {
      var shares = NaiveNetwork.softmax(logits)
      shares[leaf] = 0
      return shares
    }
    logits.remove(at: leaf)
    var shares = NaiveNetwork.softmax(logits)
    shares.insert(0, at: leaf)
    return shares
  }
}
