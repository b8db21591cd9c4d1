import Configuration
import Foundation
import TensorCore

/// Independent draws from the search spaces of the model and the trainer, replaced or extended by
/// the spaces in the specification.
///
/// Trial 0 has the fixed settings and otherwise defaults. Every hyper-parameter of every trial has
/// its own random stream, named by the search seed, the model, the trial and the hyper-parameter,
/// so adding one does not change the others. A trial whose settings are incompatible or violate a
/// constraint is redrawn as a whole.
struct RandomSearch: SearchStrategy {
  static let id = "random"
  static let summary =
    "Independent draws from the search spaces; trial 0 is the fixed settings and defaults."

  private static let attemptLimit = 100

  private let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  var trialCount: Int { row.search.trials }

  var words: String {
    "\(row.search.trials) random draws, draw 0 the defaults, search seed \(row.search.seed)"
  }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    guard finished.isEmpty else { return [] }
    let cube = try UnitCube(row, space)
    return [try cube.trial(0)] + (try (1..<max(1, trialCount)).map { try trial($0, in: cube) })
  }

  /// Draws a trial until its settings are compatible.
  ///
  /// - Parameter place: The position of a dimension such as `model/dropout` within its range at the
  ///   first attempt, from 0 to below 1; nil for a random draw.
  func trial(
    _ number: Int, in cube: UnitCube, place: (SearchDimension) -> Double? = { _ in nil }
  ) throws -> Trial {
    var refusal = ""
    for attempt in 0..<Self.attemptLimit {
      let name = "\(number)" + (attempt == 0 ? "" : "/attempt/\(attempt)")
      let choices = cube.choices { _, dimension in
        if attempt == 0, let place = place(dimension) {
          return dimension.distribution.value(at: place, like: dimension.defaultValue)
        }
        var stream = row.searchStream("\(name)/\(dimension.key)")
        return dimension.distribution.draw(from: &stream, like: dimension.defaultValue)
      }
      do {
        return try cube.trial(number, choices)
      } catch let error as Diagnostic { refusal = error.description }
    }
    throw Diagnostic(
      "the search space of '\(row.label)' gave no settings that fit together in "
        + "\(Self.attemptLimit) attempts at trial \(number); the last: \(refusal)")
  }
}

extension SearchDistribution {
  /// Returns a value drawn from the distribution, as a whole number if `example` is one.
  func draw(from stream: inout RandomStream, like example: ConfigurationValue?)
    -> ConfigurationValue
  {
    if case .values(let values) = self {
      return values.isEmpty ? .null : values[stream.integer(below: values.count)]
    }
    return value(at: stream.uniform(), like: example)
  }

  /// Returns the quantile of the distribution at `place`, from 0 to below 1, or to 1 for intervals.
  func value(at place: Double, like example: ConfigurationValue?) -> ConfigurationValue {
    switch self {
    case .values(let values):
      return values.isEmpty ? .null : values[Int(place * Double(values.count))]
    case .uniform(let bounds):
      let span = bounds.upperBound - bounds.lowerBound
      return min(bounds.lowerBound + span * place, bounds.upperBound).configuration(like: example)
    case .logUniform(let bounds):
      let low = log(bounds.lowerBound)
      let value = exp(low + (log(bounds.upperBound) - low) * place)
      return min(max(value, bounds.lowerBound), bounds.upperBound).configuration(like: example)
    }
  }
}
