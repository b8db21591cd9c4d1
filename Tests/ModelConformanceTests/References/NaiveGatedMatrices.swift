import Ranking
import TestKit
import TestModels

/// logits = Σ_k softmax(α)_k · x W_k.
struct NaiveAlternatingGates: NaiveReference {
  typealias Model = AlternatingGates

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    try network.gatedMatrices(
      network.input(row, of: problem, settings.input), count: settings.expertCount)
  }
}

/// The same: before training, the temperature of the search is 1.
struct NaiveSearchedGates: NaiveReference {
  typealias Model = SearchedGates

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    try network.gatedMatrices(
      network.input(row, of: problem, settings.input), count: settings.expertCount)
  }
}

extension NaiveNetwork {
  fileprivate func gatedMatrices(_ x: Vector, count: Int) throws -> Vector {
    try Self.mixture(
      Self.softmax(row(0, of: "gates")),
      (0..<count).map { try linear(x, "experts/\($0)/weight") })
  }
}
