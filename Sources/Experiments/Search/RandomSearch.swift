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
    return [try space.trial(0, of: row)]
      + (try (1..<max(1, trialCount)).map { try trial($0, in: space) })
  }

  /// Draws a trial until its settings are compatible.
  ///
  /// - Parameter place: The position of a setting such as `model/dropout` within its range at the
  ///   first attempt, from 0 to below 1; nil for a random draw.
  func trial(
    _ number: Int, in space: SearchSpace, place: (String) -> Double? = { _ in nil }
  ) throws -> Trial {
    var refusal = ""
    for attempt in 0..<Self.attemptLimit {
      let stream = "search/\(row.model)/\(number)" + (attempt == 0 ? "" : "/attempt/\(attempt)")
      func drawn(
        _ owner: String, _ schema: SettingsSchema, fixed: [String: ConfigurationValue],
        replaced: [String: SearchDistribution]
      ) throws -> [String: ConfigurationValue] {
        let defaults = try schema.resolve([:])
        let streams = RandomStreams(seed: UInt64(row.search.seed))
        var result: [String: ConfigurationValue] = [:]
        for name in schema.names where fixed[name] == nil {
          guard let distribution = replaced[name] ?? schema.searchSpace[name] else { continue }
          if attempt == 0, let place = place("\(owner)/\(name)") {
            result[name] = distribution.value(at: place, like: defaults[name])
          } else {
            var stream = streams["\(stream)/\(owner)/\(name)"]
            result[name] = distribution.draw(from: &stream, like: defaults[name])
          }
        }
        return result
      }
      let settings = try drawn(
        "model", space.model, fixed: row.settings, replaced: row.search.model)
      let training = try drawn(
        "training", space.training, fixed: row.training, replaced: row.search.training)
      do {
        let trial = try space.trial(number, of: row, settings: settings, training: training)
        guard let violation = space.refusal(of: trial) else { return trial }
        refusal = "the trial \(violation)"
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

  /// Returns the quantile of the distribution at `place`, from 0 to below 1.
  func value(at place: Double, like example: ConfigurationValue?) -> ConfigurationValue {
    switch self {
    case .values(let values):
      return values.isEmpty ? .null : values[Int(place * Double(values.count))]
    case .uniform(let bounds):
      let span = bounds.upperBound - bounds.lowerBound
      return (bounds.lowerBound + span * place).configuration(like: example)
    case .logUniform(let bounds):
      let low = log(bounds.lowerBound)
      let value = exp(low + (log(bounds.upperBound) - low) * place)
      return min(max(value, bounds.lowerBound), bounds.upperBound).configuration(like: example)
    }
  }
}
