import Baselines
import Ranking
import TestKit

/// h ← h + DN_s(σ(h W_down + c) W_up) after the last layers, with W_down = U₁ I V₁ and
/// W_up = U₂ I V₂ formed in full.
struct NaiveHAMUR: NaiveReference {
  typealias Model = HAMUR

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let place = row.place(on: .flat, in: problem)
    let activation = settings.towers.activation
    let matrix = settings.adapterCount > 0 ? try generated(from: x) : []
    var h = x
    for depth in settings.networkSizes.indices {
      h = try network.perceptron(h, "networks/\(depth)\(place)", activation)
      let adapter = depth - (settings.networkSizes.count - settings.adapterCount)
      guard adapter >= 0 else { continue }
      let path = "adapters/\(adapter)"
      let inner = zip(
        try mapped(h, "\(path)/down", matrix), try network.row(0, of: "\(path)/down/bias")
      ).map { NaiveNetwork.activated($0 + $1, by: .sigmoid) }
      let outer = try network.normalized(
        mapped(inner, "\(path)/up", matrix), "\(path)/norm\(place)")
      h = zip(h, outer).map(+)
    }
    return try problem.tasks.map { task in
      try network.tower(h, "towers/\(task.name)\(place)", activation)
    }
  }

  /// The rows of I.
  private func generated(from x: [Double]) throws -> [[Double]] {
    let hidden = try network.perceptron(x, "generator/hidden", settings.towers.activation)
    let elements = zip(
      try network.linear(hidden, "generator/weight"), try network.row(0, of: "generator/bias")
    ).map { settings.clipsMatrix ? max(0, $0 + $1) : $0 + $1 }
    return (0..<settings.rank).map {
      Array(elements[$0 * settings.rank..<($0 + 1) * settings.rank])
    }
  }

  /// x (U I V).
  private func mapped(_ x: [Double], _ path: String, _ matrix: [[Double]]) throws -> [Double] {
    let right = try matrix.map { try network.linear($0, "\(path)/right") }
    let rows = try x.indices.map { input in
      NaiveNetwork.mixture(try network.row(input, of: "\(path)/left"), right)
    }
    return NaiveNetwork.mixture(x, rows)
  }
}
