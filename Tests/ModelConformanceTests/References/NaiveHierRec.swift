import Baselines
import Ranking
import TestKit

/// Layers with weights of the scenario, then layers with weights of attended fields.
struct NaiveHierRec: NaiveReference {
  typealias Model = HierRec

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let activation = settings.towers.activation
    let d = try network.row(Int(row.leaf), of: "indicators/table")
    var h = try network.perceptron(x, "bottom", activation)
    for depth in settings.explicitSizes.indices {
      h = activated(try explicit(h, d, "explicit/\(depth)"))
    }
    let size = settings.input.embeddingSize
    let levels = settings.input.scenarioFeature ? problem.scenarios.depth : 0
    let vectors = (0..<problem.fields.count + levels + problem.bags.count).map {
      Array(x[$0 * size..<($0 + 1) * size])
    }
    if vectors.count > 1 {
      h = try (0..<settings.implicitCount).flatMap { try implicit(h, d, vectors, weighting: $0) }
    }
    h = try network.perceptron(h, "fusion", activation)
    return try problem.tasks.map { task in
      try network.tower(
        h, "towers/\(task.name)" + row.place(on: settings.axis, in: problem), activation)
    }
  }

  private func activated(_ x: [Double]) -> [Double] {
    settings.activatesGenerated
      ? x.map { NaiveNetwork.activated($0, by: settings.towers.activation) } : x
  }

  private func explicit(_ x: [Double], _ d: [Double], _ path: String) throws -> [Double] {
    let generated = try network.linear(d, "\(path)/generator/weight")
    var y = zip(
      try network.row(0, of: "\(path)/bias"), try network.linear(d, "\(path)/generator/bias")
    ).map(+)
    for (input, value) in x.enumerated() {
      let base = try network.row(input, of: "\(path)/weight")
      for column in y.indices {
        y[column] += value * (base[column] + generated[input * y.count + column])
      }
    }
    return y
  }

  private func implicit(
    _ h: [Double], _ d: [Double], _ vectors: [[Double]], weighting: Int
  ) throws -> [Double] {
    let part = settings.indicatorSize / settings.implicitCount
    let path = "implicit/weightings/\(weighting)"
    let logits = zip(
      try network.linear(Array(d[weighting * part..<(weighting + 1) * part]), "\(path)/weight"),
      try network.row(0, of: "\(path)/bias")
    ).map(+)
    let weights = NaiveNetwork.softmax(logits)
    let z = try attended(zip(weights, vectors).map { weight, vector in vector.map { weight * $0 } })
    var y = h
    for depth in settings.implicitSizes.indices {
      y = activated(try generated(y, z, "implicit/layers/\(depth)"))
    }
    return y
  }

  /// Self-attention with one head, its results one after the other.
  private func attended(_ vectors: [[Double]]) throws -> [Double] {
    func projected(_ name: String) throws -> [[Double]] {
      try vectors.map { try network.linear($0, "implicit/attention/\(name)") }
    }
    let (queries, keys, values) = try (
      projected("queries"), projected("keys"), projected("values")
    )
    let scale = Double(settings.input.embeddingSize).squareRoot()
    return try queries.flatMap { query in
      let scores = keys.map { key in zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } / scale }
      return try network.linear(
        NaiveNetwork.mixture(NaiveNetwork.softmax(scores), values), "implicit/attention/output")
    }
  }

  /// (x U) S(z) V + b + z B.
  private func generated(_ x: [Double], _ z: [Double], _ path: String) throws -> [Double] {
    let inner = try network.linear(x, "\(path)/left")
    let elements = zip(
      try network.linear(z, "\(path)/generator/weight"),
      try network.row(0, of: "\(path)/generator/bias")
    ).map(+)
    let rank = inner.count
    let turned = (0..<rank).map { column in
      (0..<rank).reduce(0) { $0 + inner[$1] * elements[$1 * rank + column] }
    }
    let terms = [
      try network.linear(turned, "\(path)/right"), try network.row(0, of: "\(path)/bias"),
      try network.linear(z, "\(path)/biasGenerator/weight"),
    ]
    return NaiveNetwork.mixture([1, 1, 1], terms)
  }
}
