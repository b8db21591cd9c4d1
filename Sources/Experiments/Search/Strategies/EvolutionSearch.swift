import Configuration
import Foundation
import TensorCore

/// Regularized evolution: mutations of the best among a few of the most recent trials.
///
/// The population is the latest 20 trials, so that a trial that was lucky once does not stay a
/// parent. For every proposal, two tournaments of 5 draw a parent each; the proposal takes every
/// setting from the first, or with probability 0.3 from the second, and then changes each with
/// probability 1 / D, and at least one: a number by a normal step whose deviation is drawn
/// log-uniformly from 0.01 to 0.3 of its range, and at least as wide as a cell; anything else to
/// another value. Trials without a score lose every tournament.
///
/// Differs from the paper, which searches architectures: mutations of numbers, and the second
/// parent.
///
/// Source: Real et al., Regularized evolution for image classifier architecture search, AAAI 2019,
/// algorithm 1.
struct EvolutionSearch: AdaptiveSearch {
  static let id = "evolution"
  static let summary = "Regularized evolution: mutations of the best among recent trials."
  static let title = "regularized evolution"

  let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  func proposals(after observations: [Observation], in cube: UnitCube) -> Proposals {
    Proposals(population: observations.suffix(Proposals.populationSize), cube: cube)
  }

  /// The population of a round.
  struct Proposals: ProposalSource {
    fileprivate static let populationSize = 20
    private static let tournamentSize = 5
    private static let childCount = 20

    fileprivate let population: [Observation]
    fileprivate let cube: UnitCube

    /// Returns children in the order in which they were drawn.
    mutating func points(drawingFrom stream: inout RandomStream) -> [[Double]] {
      (0..<Self.childCount).map { _ in child(drawingFrom: &stream) }
    }

    mutating func add(pending places: [Double?]) {}

    private func child(drawingFrom stream: inout RandomStream) -> [Double] {
      let (first, second) = (parent(drawingFrom: &stream), parent(drawingFrom: &stream))
      let forced = stream.integer(below: cube.dimensions.count)
      return cube.dimensions.indices.map { index in
        let inherited =
          (stream.uniform() < 0.3 ? second : first).places[index] ?? stream.uniform()
        let isChanged = stream.uniform() < 1 / Double(cube.dimensions.count)
        guard isChanged || index == forced else { return inherited }
        return changed(inherited, cube.dimensions[index], drawingFrom: &stream)
      }
    }

    private func parent(drawingFrom stream: inout RandomStream) -> Observation {
      var best = population[stream.integer(below: population.count)]
      for _ in 1..<Self.tournamentSize {
        let other = population[stream.integer(below: population.count)]
        if other.isBetter(than: best) { best = other }
      }
      return best
    }

    private func changed(
      _ place: Double, _ dimension: SearchDimension, drawingFrom stream: inout RandomStream
    ) -> Double {
      if dimension.isCategorical {
        let count = dimension.cellCount
        let shift = 1 + stream.integer(below: max(1, count - 1))
        return (Double((dimension.cell(at: place) + shift) % count) + 0.5) / Double(count)
      }
      let bounds = dimension.bounds(at: place)
      let deviation = 0.01 * pow(30, stream.uniform())
      let step = max(deviation, bounds.upperBound - bounds.lowerBound) * stream.normal()
      // Reflected at the ends of the range.
      let moved = abs(place + step).truncatingRemainder(dividingBy: 2)
      return moved > 1 ? 2 - moved : moved
    }
  }
}
