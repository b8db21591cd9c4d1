import Baselines
import Ranking
import TestKit

/// logit_o = tower_o(Σ_i w_{o,i} f_i(x)), w_o = Σ_s softmax(a)_s Π_b (S(z_{s,b}) or 1 - S(z_{s,b}), as bit b of i says).
struct NaiveDSelectK: NaiveReference {
  typealias Model = DSelectK

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let count = settings.expertCount
    let experts = try (0..<count).map {
      try network.perceptron(x, "experts/\($0)", settings.towers.activation)
    }
    let place = row.place(on: settings.axis, in: problem)
    return try problem.tasks.map { task in
      let path = "gates/\(task.name)\(place)"
      func scores(_ name: String) throws -> [Double] {
        try settings.perExample
          ? network.linear(x, "\(path)/\(name)") : network.row(0, of: "\(path)/\(name)")
      }
      let shares = NaiveNetwork.softmax(try scores("mixing"))
      let codes = try scores("codes")
      let bits = codes.count / shares.count
      let weights = (0..<count).map { expert in
        shares.indices.reduce(0.0) { sum, selector in
          sum
            + (0..<bits).reduce(shares[selector]) { product, bit in
              let step = step(codes[selector * bits + bit])
              return product * (expert >> bit & 1 == 1 ? step : 1 - step)
            }
        }
      }
      return try network.tower(
        NaiveNetwork.mixture(weights, experts), "towers/\(task.name)\(place)",
        settings.towers.activation)
    }
  }

  private func step(_ z: Double) -> Double {
    let t = z / settings.stepWidth
    if t <= -0.5 { return 0 }
    return t >= 0.5 ? 1 : -2 * t * t * t + 1.5 * t + 0.5
  }
}
