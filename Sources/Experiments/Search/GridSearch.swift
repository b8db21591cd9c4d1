import Configuration
import TensorCore

/// Every combination of the listed values; settings that are not listed keep their defaults.
///
/// The last setting varies fastest; the model's settings come first, then the trainer's, each in
/// order of name.
struct GridSearch: SearchStrategy {
  static let id = "grid"
  static let summary = "Every combination of the listed values."

  private static let limit = 100_000

  private struct Axis {
    let isModel: Bool
    let name: String
    let values: [ConfigurationValue]
  }

  private let row: ExperimentRow
  private let axes: [Axis]

  init(_ row: ExperimentRow) {
    self.row = row
    axes = [(true, row.search.model), (false, row.search.training)].flatMap { isModel, space in
      space.sorted { $0.key < $1.key }.compactMap { name, distribution in
        guard case .values(let values) = distribution else { return nil }
        return Axis(isModel: isModel, name: name, values: values)
      }
    }
  }

  var trialCount: Int {
    axes.reduce(1) { min($0 * max(1, $1.values.count), 1_000_000_000) }
  }

  var words: String { "grid of \(trialCount)" }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    guard finished.isEmpty else { return [] }
    for (name, distribution) in [row.search.model, row.search.training]
      .flatMap({ $0.sorted { $0.key < $1.key } })
    {
      guard case .values = distribution else {
        throw Diagnostic(
          "'\(row.label)' is searched by a grid, so \(name) needs a list of values, not an interval"
        )
      }
    }
    guard trialCount <= Self.limit else {
      throw Diagnostic(
        "the grid of '\(row.label)' has \(trialCount) combinations; at most \(Self.limit) are accepted"
      )
    }
    typealias Values = [String: ConfigurationValue]
    var combinations: [(model: Values, training: Values)] = [([:], [:])]
    for axis in axes {
      combinations = combinations.flatMap { combination in
        axis.values.map { value in
          var next = combination
          if axis.isModel {
            next.model[axis.name] = value
          } else {
            next.training[axis.name] = value
          }
          return next
        }
      }
    }
    return try combinations.enumerated().map { number, values in
      try locating("combination \(number) of the grid of '\(row.label)'") {
        try space.trial(number, of: row, settings: values.model, training: values.training)
      }
    }
  }
}
