import Baselines
import Ranking
import TestKit

/// x_{l+1} = x_0 ⊙ (map of x_l + b_l) + x_l, beside a network on x_0 or below it.
struct NaiveDCNv2: NaiveReference {
  typealias Model = DCNv2
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    let activation = settings.towers.activation
    return try problem.tasks.map { task in
      let path = "tasks/\(task.name)"
      let start = try network.input(row, of: problem, settings.input, at: path + "/input")
      var x = start
      for layer in 0..<settings.crossLayerCount {
        let mapped = try map(x, "\(path)/cross/\(layer)")
        x = x.indices.map { start[$0] * mapped[$0] + x[$0] }
      }
      let isStacked = settings.structure == .stacked
      let deep = try network.perceptron(isStacked ? x : start, path + "/deep", activation)
      return try network.tower(isStacked ? deep : x + deep, "towers/\(task.name)", activation)
    }
  }

  private func map(_ x: Vector, _ path: String) throws -> Vector {
    let bias = try network.row(0, of: path + "/bias")
    var sum: Vector
    switch settings.crossForm {
    case .full: sum = try network.linear(x, path + "/weight")
    case .lowRank:
      sum = try network.linear(network.linear(x, path + "/left"), path + "/right")
    case .mixture:
      let gates = NaiveNetwork.softmax(try network.linear(x, path + "/gates/weight"))
      let outputs = try gates.indices.map { expert in
        let place = "\(path)/experts/\(expert)"
        let narrow = try network.linear(x, place + "/left").map(\.hyperbolicTangent)
        let core = try network.linear(narrow, place + "/core").map(\.hyperbolicTangent)
        return try network.linear(core, place + "/right")
      }
      sum = NaiveNetwork.mixture(gates, outputs)
    }
    for i in sum.indices { sum[i] += bias[i] }
    return sum
  }
}
