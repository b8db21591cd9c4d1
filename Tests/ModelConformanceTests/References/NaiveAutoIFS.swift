import Baselines
import Ranking
import TestKit

/// m_t less gates times flows, with gates σ(a_t) as at the beginning of the search.
struct NaiveAutoIFS: NaiveReference {
  typealias Model = AutoIFS

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let z = try network.perceptron(x, "bottom")
    let shared = try affine(z, "scenario/shared")
    let specific = try lowRank(z, "scenario/specific" + row.place(on: .flat, in: problem))
    let u = zip(shared, specific).map { max(0, $0 + $1) }
    let known = try network.perceptron(x, "gates/network")
    return try problem.tasks.map { task in
      let own = "task/specific/\(task.name)"
      let flows = try [
        affine(shared, "task/shared")[0], lowRank(specific, own)[0], lowRank(shared, own)[0],
        affine(specific, "task/shared")[0],
      ]
      let removed = zip(try affine(known, "gates/task/\(task.name)"), flows).map {
        NaiveNetwork.activated($0, by: .sigmoid) * $1
      }
      return try affine(u, "task/shared")[0] + lowRank(u, own)[0] - removed.reduce(0, +)
    }
  }

  private func affine(_ x: [Double], _ path: String) throws -> [Double] {
    zip(try network.linear(x, "\(path)/weight"), try network.row(0, of: "\(path)/bias")).map(+)
  }

  private func lowRank(_ x: [Double], _ path: String) throws -> [Double] {
    zip(
      try network.linear(network.linear(x, "\(path)/left"), "\(path)/right"),
      try network.row(0, of: "\(path)/bias")
    ).map(+)
  }
}
