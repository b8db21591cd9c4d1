import Baselines
import Ranking
import TestKit

/// Mixtures of experts by softmax of φ(Meta([V_i; T_t])) · v, then φ(Meta(h) + h) for every layer.
struct NaiveM2M: NaiveReference {
  typealias Model = M2M

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let activation = settings.towers.activation
    let z = try network.perceptron(
      network.row(Int(row.leaf), of: "indicators/scenario/table") + x, "knowledge", activation)
    let views = try (0..<settings.expertCount).map {
      try network.perceptron(x, "experts/\($0)", activation)
    }
    return try problem.tasks.enumerated().map { number, task in
      let view = try network.perceptron(
        network.row(number, of: "indicators/task/table"), "taskView", activation)
      let scores = try views.map { expert in
        try network.linear(
          meta(expert + view, "attention/meta", z).map { leaky($0) }, "attention/weight")[0]
      }
      var h = NaiveNetwork.mixture(NaiveNetwork.softmax(scores), views)
      for depth in 0..<settings.metaLayerCount {
        h = zip(try meta(h, "meta/\(task.name)/\(depth)", z), h).map { leaky($0 + $1) }
      }
      return try network.tower(
        h, "towers/\(task.name)" + row.place(on: settings.axis, in: problem), activation)
    }
  }

  private func leaky(_ x: Double) -> Double { NaiveNetwork.activated(x, by: .leakyReLU) }

  /// h U S(z) W + b + z B.
  private func meta(_ h: [Double], _ path: String, _ z: [Double]) throws -> [Double] {
    let elements = zip(
      try network.linear(z, "\(path)/generator/weight"),
      try network.row(0, of: "\(path)/generator/bias")
    ).map(+)
    let inner = try network.linear(h, "\(path)/left")
    let rank = settings.rank
    let turned = (0..<rank).map { column in
      inner.indices.reduce(0) { $0 + inner[$1] * elements[$1 * rank + column] }
    }
    let terms = [
      try network.linear(turned, "\(path)/right"), try network.row(0, of: "\(path)/bias"),
      try network.linear(z, "\(path)/biasGenerator/weight"),
    ]
    return NaiveNetwork.mixture([1, 1, 1], terms)
  }
}
