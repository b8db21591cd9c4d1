import Configuration
import TensorCore

/// Every combination of the listed values; settings that are not listed keep their defaults.
///
/// The last setting varies fastest; the model's settings come first, then the trainer's, each in
/// order of name, but after those that its conditions refer to.
struct GridSearch: SearchStrategy {
  static let id = "grid"
  static let summary = "Every combination of the listed values."

  private static let limit = 100_000

  private struct Axis {
    let isModel: Bool
    let name: String
    let values: [ConfigurationValue]
    let conditions: [SearchCondition]
  }

  private typealias Values = [String: ConfigurationValue]

  private let row: ExperimentRow
  /// An axis follows those that its conditions refer to.
  private let axes: [Axis]

  init(_ row: ExperimentRow) {
    self.row = row
    axes = [(true, row.search.model), (false, row.search.training)].flatMap { isModel, space in
      Self.dependenciesFirst(space).compactMap { name, setting in
        guard case .values(let values) = setting.distribution else { return nil }
        return Axis(isModel: isModel, name: name, values: values, conditions: setting.conditions)
      }
    }
  }

  private static func dependenciesFirst(_ space: [String: SearchedSetting])
    -> [(String, SearchedSetting)]
  {
    var result: [(String, SearchedSetting)] = []
    var seen: Set<String> = []
    func add(_ name: String) {
      guard let setting = space[name], seen.insert(name).inserted else { return }
      for condition in setting.conditions { add(condition.setting) }
      result.append((name, setting))
    }
    space.keys.sorted().forEach(add)
    return result
  }

  var trialCount: Int {
    let most = axes.reduce(1) { min($0 * max(1, $1.values.count), 1_000_000_000) }
    let isConditional = axes.contains { !$0.conditions.isEmpty }
    return isConditional && most <= Self.limit ? combinations().count : most
  }

  var words: String { "grid of \(trialCount)" }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    guard finished.isEmpty else { return [] }
    for (name, setting) in [row.search.model, row.search.training]
      .flatMap({ $0.sorted { $0.key < $1.key } })
    {
      guard case .values = setting.distribution else {
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
    return try combinations().enumerated().map { number, values in
      try locating("combination \(number) of the grid of '\(row.label)'") {
        try space.trial(number, of: row, settings: values.model, training: values.training)
      }
    }
  }

  /// Returns all combinations; an axis whose conditions do not hold is left out of them.
  private func combinations() -> [(model: Values, training: Values)] {
    axes.reduce([([:], [:])]) { combinations, axis in
      combinations.flatMap { combination -> [(model: Values, training: Values)] in
        let settings = axis.isModel ? combination.model : combination.training
        guard axis.conditions.allSatisfy({ $0.holds(in: settings) }) else { return [combination] }
        return axis.values.map { value in
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
  }
}
