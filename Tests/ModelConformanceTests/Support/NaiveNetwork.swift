import Ranking
import TensorCore
import TestKit

/// Plain loops in `Double` over the parameters of a store, found by name: an independent reference.
struct NaiveNetwork {
  typealias Vector = [Double]

  private var parameters: [String: Parameter] = [:]

  init(_ store: ParameterStore) {
    for parameter in store.parameters { parameters[parameter.name] = parameter }
  }

  func has(_ name: String) -> Bool { parameters[name] != nil }

  /// x W, without bias.
  func linear(_ x: Vector, _ name: String) -> Vector {
    guard let weight = parameters[name]?.value else { return [] }
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    precondition(rows == x.count, "\(name) has \(rows) rows, not \(x.count)")
    let values = weight.values
    return (0..<columns).map { column in
      (0..<rows).reduce(0) { $0 + x[$1] * Double(values[$1 * columns + column]) }
    }
  }

  /// relu(… relu(x W_0 + b_0) …) over the layers that exist under a path.
  func perceptron(_ x: Vector, _ path: String) -> Vector {
    var h = x
    var layer = 0
    while has("\(path)/layer\(layer)/weight") {
      let bias = row(0, of: "\(path)/layer\(layer)/bias")
      h = zip(linear(h, "\(path)/layer\(layer)/weight"), bias).map { max(0, $0 + $1) }
      layer += 1
    }
    return h
  }

  /// The log-odds of a tower under a path.
  func tower(_ x: Vector, _ path: String) -> Double {
    linear(perceptron(x, path), "\(path)/output/weight")[0]
      + row(0, of: "\(path)/output/bias")[0]
  }

  /// A row of a table, or a vector as row 0.
  func row(_ index: Int, of name: String) -> Vector {
    guard let value = parameters[name]?.value else { return [] }
    let columns = value.columnCount
    return value.values[index * columns..<(index + 1) * columns].map(Double.init)
  }

  /// The input representation of every row, with the scenario of each level as a feature.
  func inputs(_ rows: [InMemoryRows.Row], of problem: Problem) -> [Vector] {
    let tree = problem.scenarios
    return rows.map { row in
      var x: Vector = []
      var offset = 0
      for (field, id) in zip(problem.fields, row.ids) {
        x += self.row(offset + Int(id), of: "input/table")
        offset += field.vocabularySize
      }
      for level in tree.levels.indices {
        x += self.row(offset + tree.leaves[Int(row.leaf)][level], of: "input/table")
        offset += tree.levels[level].values.count
      }
      for (bag, ids) in zip(problem.bags, row.bags) {
        var mean = Vector(repeating: 0, count: self.row(0, of: "input/table").count)
        for id in ids {
          for (column, value) in self.row(offset + Int(id), of: "input/table").enumerated() {
            mean[column] += value / Double(ids.count)
          }
        }
        x += mean
        offset += bag.vocabularySize
      }
      return x + row.numericals.map(Double.init)
    }
  }

  /// exp(x_k) / Σ exp(x), over all elements.
  static func softmax(_ x: Vector) -> Vector {
    let top = x.max() ?? 0
    let powers = x.map { ($0 - top).exponential }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// Σ weights_k · rows_k.
  static func mixture(_ weights: Vector, _ rows: [Vector]) -> Vector {
    rows[0].indices.map { column in
      zip(weights, rows).reduce(0) { $0 + $1.0 * $1.1[column] }
    }
  }
}
