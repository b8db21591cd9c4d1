import Foundation
import Ranking
import TensorCore

/// Settings that a search tries: what is fixed by the specification, and what was proposed.
public struct Proposal: Sendable, Equatable {
  /// The number of the proposal: 0 is the fixed settings, all else at its default, unless the
  /// search is a grid.
  public var draw: Int
  /// Settings of the model that differ from its defaults.
  public var settings: [String: ConfigurationValue]
  /// Settings of the trainer that differ from its defaults.
  public var training: [String: ConfigurationValue]
}

extension ExperimentRow {
  /// The number of proposals that the search makes.
  public var proposalCount: Int {
    switch search.strategy {
    case .none: 1
    case .random: search.draws
    case .grid:
      gridAxes.reduce(1) { min($0 * max(1, $1.values.count), 1_000_000_000) }
    }
  }

  /// The number of runs that the search takes: none where there is nothing to choose.
  public var budget: Int { proposalCount > 1 ? proposalCount * search.runSeeds.count : 0 }

  /// Returns the proposals of the row's search, in order.
  ///
  /// Every hyper-parameter of every random draw has a stream of its own, named by the search seed,
  /// the model, the draw and the hyper-parameter: adding one does not move the others. A random draw
  /// whose settings do not fit together is drawn again as a whole.
  ///
  /// - Throws: ``ConfigurationError`` where a grid lists an interval or its combinations do not fit
  ///   together, or where a hundred draws in a row do not.
  public func proposals(model: SettingsSchema, training: SettingsSchema) throws -> [Proposal] {
    let fixed = Proposal(draw: 0, settings: settings, training: self.training)
    switch search.strategy {
    case .none: return [fixed]
    case .random:
      return try [fixed]
        + (1..<max(1, search.draws)).map {
          try randomProposal($0, model: model, training: training)
        }
    case .grid: return try gridProposals(model: model, training: training)
    }
  }

  // MARK: - Random search

  private func randomProposal(_ draw: Int, model: SettingsSchema, training: SettingsSchema) throws
    -> Proposal
  {
    var refusal = ""
    for attempt in 0..<100 {
      let place = "search/\(self.model)/\(draw)" + (attempt == 0 ? "" : "/attempt/\(attempt)")
      let proposal = Proposal(
        draw: draw,
        settings: try drawn(
          model, fixed: settings, replaced: search.model, place: "\(place)/model"),
        training: try drawn(
          training, fixed: self.training, replaced: search.training, place: "\(place)/training"))
      do {
        _ = try model.resolve(proposal.settings)
        _ = try training.resolve(proposal.training)
        return proposal
      } catch let error as ConfigurationError { refusal = error.description }
    }
    throw ConfigurationError(
      "the search space of '\(label)' gave no settings that fit together in 100 attempts at draw "
        + "\(draw); the last: \(refusal)")
  }

  private func drawn(
    _ schema: SettingsSchema, fixed: [String: ConfigurationValue],
    replaced: [String: SearchDistribution], place: String
  ) throws -> [String: ConfigurationValue] {
    let defaults = try schema.resolve([:])
    let streams = RandomStreams(seed: UInt64(search.seed))
    var result = fixed
    for name in schema.names where fixed[name] == nil {
      guard let distribution = replaced[name] ?? schema.searchSpace[name] else { continue }
      var stream = streams["\(place)/\(name)"]
      result[name] = distribution.draw(from: &stream, like: defaults[name])
    }
    return result
  }

  // MARK: - Grid search

  private struct GridAxis {
    let isModel: Bool
    let name: String
    let values: [ConfigurationValue]
  }

  private var gridAxes: [GridAxis] {
    [(true, search.model), (false, search.training)].flatMap { isModel, space in
      space.sorted { $0.key < $1.key }.compactMap { name, distribution in
        guard case .values(let values) = distribution else { return nil }
        return GridAxis(isModel: isModel, name: name, values: values)
      }
    }
  }

  private func gridProposals(model: SettingsSchema, training: SettingsSchema) throws -> [Proposal] {
    for (name, distribution) in [search.model, search.training]
      .flatMap({ $0.sorted { $0.key < $1.key } })
    {
      guard case .values = distribution else {
        throw ConfigurationError(
          "'\(label)' is searched by a grid, so \(name) needs a list of values, not an interval")
      }
    }
    guard proposalCount <= 100_000 else {
      throw ConfigurationError(
        "the grid of '\(label)' has \(proposalCount) combinations; at most 100000 are accepted")
    }
    var proposals = [Proposal(draw: 0, settings: settings, training: self.training)]
    for axis in gridAxes {
      proposals = proposals.flatMap { proposal in
        axis.values.map { value in
          var next = proposal
          if axis.isModel {
            next.settings[axis.name] = value
          } else {
            next.training[axis.name] = value
          }
          return next
        }
      }
    }
    for index in proposals.indices {
      proposals[index].draw = index
      do {
        _ = try model.resolve(proposals[index].settings)
        _ = try training.resolve(proposals[index].training)
      } catch let error as ConfigurationError {
        throw error.at("combination \(index) of the grid of '\(label)'")
      }
    }
    return proposals
  }
}

extension SearchDistribution {
  /// Returns a value drawn from the distribution, as a whole number where `example` is one.
  func draw(from stream: inout RandomStream, like example: ConfigurationValue?)
    -> ConfigurationValue
  {
    switch self {
    case .values(let values):
      return values.isEmpty ? .null : values[stream.integer(below: values.count)]
    case .uniform(let bounds):
      let span = bounds.upperBound - bounds.lowerBound
      return (bounds.lowerBound + span * stream.uniform()).configuration(like: example)
    case .logUniform(let bounds):
      let low = log(bounds.lowerBound)
      let value = exp(low + (log(bounds.upperBound) - low) * stream.uniform())
      return min(max(value, bounds.lowerBound), bounds.upperBound).configuration(like: example)
    }
  }
}
