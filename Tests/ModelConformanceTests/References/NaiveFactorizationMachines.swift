import Baselines
import Ranking
import TestKit

/// logit_t = b_t + Σ_i w_i x_i + Σ_{i<j} ⟨v_i, v_j⟩ x_i x_j, over all pairs.
struct NaiveFM: NaiveReference {
  typealias Model = FM

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    try problem.tasks.map { task in
      let features = try network.factors(
        row, of: problem, settings.input, at: "tasks/\(task.name)/input")
      return try network.row(0, of: "tasks/\(task.name)/bias")[0]
        + NaiveNetwork.factorization(features)
    }
  }
}

/// The same without the bias, plus a tower on a network on all vectors.
struct NaiveDeepFM: NaiveReference {
  typealias Model = DeepFM

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let activation = settings.towers.activation
    return try problem.tasks.map { task in
      let features = try network.factors(
        row, of: problem, settings.input, at: "tasks/\(task.name)/input")
      let h = try network.perceptron(
        features.flatMap { $0.dropFirst() }, "tasks/\(task.name)/deep", activation)
      return try network.tower(h, "towers/\(task.name)", activation)
        + NaiveNetwork.factorization(features)
    }
  }
}

extension NaiveNetwork {
  /// Returns the weight and then the factors of every feature of a row, times its value.
  fileprivate func factors(
    _ row: InMemoryRows.Row, of problem: Problem, _ settings: InputHyperparameters, at path: String
  ) throws -> [Vector] {
    let ids = try embeddings(
      row, of: problem, settings, size: settings.embeddingSize + 1, at: path)
    let columns = try numericalColumns(row, settings, at: path)
    let numericals = try columns.enumerated().map { column, value in
      try self.row(column, of: "\(path)/numericals").map { $0 * value }
    }
    guard settings.numericalInput == .field, let first = numericals.first else {
      return ids + numericals
    }
    return ids + [numericals.dropFirst().reduce(first) { zip($0, $1).map(+) }]
  }

  fileprivate static func factorization(_ features: [Vector]) -> Double {
    var sum = 0.0
    for (i, feature) in features.enumerated() {
      sum += feature[0]
      for other in features.prefix(i) {
        sum += zip(feature, other).dropFirst().reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    return sum
  }
}
