import Configuration
import TensorCore

/// The covariance matrix adaptation evolution strategy on the unit cube
/// (``CovarianceMatrixAdaptation``), for numbers only.
///
/// A round is a generation: `search.round` trials, 4 + ⌊3 ln D⌋ by default for D settings. Trial 0
/// has the fixed settings and otherwise defaults; the distribution starts around it, within 0.2 to
/// 0.8 of every range, with a deviation of 0.2. A draw outside the cube, or whose settings are
/// incompatible, is drawn again up to 100 times, then moved to the nearest point of the cube or, if
/// that does not help, replaced by a random draw. Trials without a score rank last.
///
/// Whole numbers are rounded. So that rounding does not stop the search, a number with cells has at
/// least the deviation with which a draw leaves the cell of the mean with probability 1 / (D λ)
/// (Hamano et al., 2022, who also move the mean). When the largest deviation is below 2^-13, the
/// search starts again around a random point.
///
/// Sources: Hansen, The CMA evolution strategy: a tutorial, 2016; Hamano et al., CMA-ES with margin,
/// GECCO 2022.
struct CMAESSearch: SearchStrategy {
  static let id = "cma-es"
  static let summary =
    "Covariance matrix adaptation evolution strategy, for settings that are numbers."
  static let isAdaptive = true

  private static let startDeviation = 0.2
  private static let smallestDeviation = 0x1p-13
  private static let attemptLimit = 100

  private let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  var trialCount: Int { row.search.trials }

  var words: String {
    "\(trialCount) trials of CMA-ES in generations of "
      + (row.search.round.map(String.init) ?? "4 + ⌊3 ln D⌋ for D settings")
      + ", trial 0 the defaults, search seed \(row.search.seed)"
  }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    guard finished.count < trialCount else { return [] }
    let cube = try UnitCube(row, space)
    try check(cube)
    let first = try cube.trial(0)
    guard !cube.dimensions.isEmpty else {
      return try finished.isEmpty ? (0..<trialCount).map { try cube.trial($0) } : []
    }
    let population =
      row.search.round ?? CovarianceMatrixAdaptation.populationSize(cube.dimensions.count)
    let center = cube.places(of: first).map { min(0.8, max(0.2, $0 ?? 0.5)) }
    var distribution = CovarianceMatrixAdaptation(
      mean: center, stepSize: Self.startDeviation)
    var number = 1
    while true {
      let generation = try self.generation(
        from: number, count: population, of: distribution, in: cube)
      guard number + population <= finished.count else {
        let trials = generation.map(\.trial).prefix(trialCount - number)
        return finished.isEmpty ? [first] + trials : Array(trials)
      }
      let scores = finished[number..<number + population].map { trial in
        trial.score.map { (trial.share, $0) }
      }
      let ranking = generation.indices.sorted {
        let (a, b) = (scores[$0] ?? (0, -.infinity), scores[$1] ?? (0, -.infinity))
        return a == b ? $0 < $1 : a > b
      }
      number += population
      if scores.contains(where: { $0 != nil }) {
        distribution.update(ranked: ranking.map { generation[$0].draw })
      }
      if distribution.isExhausted(below: Self.smallestDeviation) {
        var stream = stream("restart/\(number)")
        distribution = CovarianceMatrixAdaptation(
          mean: center.map { _ in stream.uniform() }, stepSize: Self.startDeviation)
      }
    }
  }

  private func check(_ cube: UnitCube) throws {
    if let dimension = cube.dimensions.first(where: \.isCategorical) {
      throw Diagnostic(
        "'\(row.label)' is searched by \(Self.id), so \(dimension.name) must be a number: an "
          + "interval, or a list of ascending or descending numbers; evolution, tpe and "
          + "gaussian-process take any list")
    }
    if let round = row.search.round, round < 4 {
      throw Diagnostic(
        "'\(row.label)' is searched by \(Self.id), whose rounds need at least 4 trials, not \(round)"
      )
    }
  }

  private func stream(_ purpose: String) -> RandomStream {
    row.searchStream("\(Self.id)/\(purpose)")
  }

  private typealias Member = (draw: CovarianceMatrixAdaptation.Draw, trial: Trial)

  private func generation(
    from first: Int, count: Int, of distribution: CovarianceMatrixAdaptation, in cube: UnitCube
  ) throws -> [Member] {
    let stretches = self.stretches(of: distribution, count: count, in: cube)
    return try (first..<first + count).map { number in
      var stream = stream("\(number)")
      var draw = distribution.draw(from: &stream)
      for _ in 0..<Self.attemptLimit {
        draw.point = draw.point.indices.map { index in
          distribution.mean[index]
            + stretches[index] * (draw.point[index] - distribution.mean[index])
        }
        if draw.point.allSatisfy((0...1).contains),
          let trial = try? cube.trial(number, near: draw.point)
        {
          return (draw, trial)
        }
        draw = distribution.draw(from: &stream)
      }
      draw.point = draw.point.map { min(1, max(0, $0)) }
      let nearest = try? cube.trial(number, near: draw.point)
      let trial = try nearest ?? RandomSearch(row).trial(number, in: cube)
      if nearest == nil {
        draw.point = zip(cube.places(of: trial), draw.point).map { $0 ?? $1 }
      }
      draw.step = zip(draw.point, distribution.mean).map { ($0 - $1) / distribution.stepSize }
      return (draw, trial)
    }
  }

  /// Returns the factor by which the steps along every dimension are stretched, so that numbers with
  /// cells keep leaving the cell of the mean.
  private func stretches(
    of distribution: CovarianceMatrixAdaptation, count: Int, in cube: UnitCube
  ) -> [Double] {
    let share = 1 / Double(cube.dimensions.count * count)
    let quantile = NormalDistribution.quantile(1 - share / 2)
    return zip(cube.dimensions, zip(distribution.mean, distribution.deviations)).map {
      dimension, state in
      let cell = dimension.bounds(at: state.0)
      let least = (cell.upperBound - cell.lowerBound) / 2 / quantile
      return state.1 > 0 ? max(1, least / state.1) : 1
    }
  }
}
