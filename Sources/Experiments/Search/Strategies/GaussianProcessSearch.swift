import Configuration
import Foundation
import TensorCore

/// Bayesian optimization: the trial with the greatest expected improvement under a
/// ``GaussianProcess`` of the scores.
///
///     EI(x) = E[max(0, f(x) - f*)] = σ(x) (φ(z) + z Φ(z)),   z = (μ(x) - f*) / σ(x)
///
/// - f*: the greatest expected score among the trials so far.
///
/// Whole numbers and lists of numbers are rounded to their cells before the kernel sees them
/// (Garrido-Merchán and Hernández-Lobato, 2020); a setting that a trial lacks counts as in the middle
/// of its range, since the settings on which it depends tell the trials apart. Further trials of a
/// round believe what the process expects of the earlier ones. Scores below their median enter by
/// rank, as halves of a normal distribution as wide as the better half, so that disasters do not
/// hide the differences between good trials (Song et al., 2024, section 4.2); failed trials rank
/// below all.
///
/// The improvement is computed as a logarithm (Ament et al., 2023) and maximized over random points
/// and points near the best trials, and from the best of these by random steps that shrink.
///
/// Sources: Jones, Schonlau and Welch, Efficient global optimization, 1998; Garrido-Merchán and
/// Hernández-Lobato, Neurocomputing 380, 2020; Ament et al., Unexpected improvements to expected
/// improvement, NeurIPS 2023; Song et al., The Vizier Gaussian process bandit algorithm, 2024.
struct GaussianProcessSearch: AdaptiveSearch {
  static let id = "gaussian-process"
  static let summary =
    "Bayesian optimization: the greatest expected improvement under a Gaussian process; at most "
    + "\(trialLimit) trials."
  static let title = "a Gaussian process"

  /// The cost of a round grows with the cube of the number of trials.
  private static let trialLimit = 500

  let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  func check() throws {
    guard trialCount <= Self.trialLimit else {
      throw Diagnostic(
        "'\(row.label)' has \(trialCount) trials, but the search strategy \(Self.id) takes at most "
          + "\(Self.trialLimit); tpe takes any number")
    }
  }

  func proposals(after observations: [Observation], in cube: UnitCube) -> Proposals {
    var stream = row.searchStream("\(Self.id)/fit/\(observations.count)")
    return Proposals(observations, in: cube, drawingFrom: &stream)
  }

  /// The process of a round, and its greatest expected improvements.
  struct Proposals: ProposalSource {
    private static let randomCount = 600
    private static let startCount = 4
    private static let stepCount = 16
    private static let variantCount = 32

    private let cube: UnitCube
    private let best: [[Double]]
    private let target: Double
    private var process: GaussianProcess?

    fileprivate init(
      _ observations: [Observation], in cube: UnitCube, drawingFrom stream: inout RandomStream
    ) {
      self.cube = cube
      let inputs = observations.map { Self.features($0.places, in: cube) }
      process = GaussianProcess(
        inputs, isCategory: cube.dimensions.map(\.isCategorical),
        targets: warped(observations.comparableScores), drawingFrom: &stream)
      let expected = process?.posterior(at: inputs).map(\.mean) ?? []
      target = expected.max() ?? 0
      best = expected.indices.sorted { (expected[$0], $1) > (expected[$1], $0) }
        .prefix(5).map { index in observations[index].places.map { $0 ?? 0.5 } }
    }

    /// Returns the coordinates that the process sees.
    private static func features(_ places: [Double?], in cube: UnitCube) -> [Double] {
      zip(places, cube.dimensions).map { place, dimension in
        guard dimension.isCategorical else { return place ?? 0.5 }
        return place.map { Double(dimension.cell(at: $0)) } ?? -1
      }
    }

    mutating func add(pending places: [Double?]) {
      process = process?.believing(Self.features(places, in: cube)) ?? process
    }

    mutating func points(drawingFrom stream: inout RandomStream) -> [[Double]] {
      guard let process else { return [] }
      var pool = (0..<Self.randomCount).map { _ in cube.dimensions.map { _ in stream.uniform() } }
      for point in best {
        for scale in [0.1, 0.03, 0.01] {
          pool += (0..<20).map { _ in variant(of: point, scale: scale, drawingFrom: &stream) }
        }
      }
      var ranking = ranked(pool, by: process)
      for start in ranking.prefix(Self.startCount) {
        var current = start
        var scale = 0.2
        for _ in 0..<Self.stepCount {
          let variants = (0..<Self.variantCount).map { _ in
            variant(of: current.point, scale: scale, drawingFrom: &stream)
          }
          let next = ranked(variants, by: process)[0]
          if next.value > current.value { current = next }
          scale *= 0.7
        }
        ranking.append(current)
      }
      return ranking.enumerated()
        .sorted { ($0.element.value, $1.offset) > ($1.element.value, $0.offset) }
        .map(\.element.point)
    }

    /// Returns points with the logarithm of their expected improvement, the greatest first.
    private func ranked(_ points: [[Double]], by process: GaussianProcess)
      -> [(point: [Double], value: Double)]
    {
      let posterior = process.posterior(
        at: points.map { Self.features(cube.places(at: $0), in: cube) })
      let values = posterior.map { mean, deviation in
        log(deviation) + NormalDistribution.logExpectedExcess((mean - target) / deviation)
      }
      return values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
        .map { (points[$0], values[$0]) }
    }

    /// Returns a point with some coordinates moved: by normal steps of the given deviation, into
    /// any other cell without an order, or at least into a neighboring cell in order.
    private func variant(
      of point: [Double], scale: Double, drawingFrom stream: inout RandomStream
    ) -> [Double] {
      let share = max(0.3, 1 / Double(point.count))
      let forced = stream.integer(below: max(1, point.count))
      return point.indices.map { index in
        guard stream.uniform() < share || index == forced else { return point[index] }
        let dimension = cube.dimensions[index]
        guard !dimension.isCategorical else { return stream.uniform() }
        let bounds = dimension.bounds(at: point[index])
        let width = bounds.upperBound - bounds.lowerBound
        return min(1, max(0, point[index] + max(scale, width) * stream.normal()))
      }
    }
  }
}

/// Returns scores for a Gaussian process: those from the median on as they are, relative to the
/// median and divided by their root mean square; those below by the normal quantile of their rank,
/// nil lowest of all.
///
///     t = (score - median) / √(mean of (score - median)² over the scores above)    from the median on
///     t = Φ⁻¹((rank - ½) / 2B)                                                     for the B below
///
/// Equal scores stay equal. If most scores are nil, the lowest score takes the median's place.
///
/// Source: Song et al., The Vizier Gaussian process bandit algorithm, 2024, section 4.2.
func warped(_ scores: [Double?]) -> [Double] {
  let order = scores.indices.sorted {
    (scores[$0] ?? -.infinity, $0) < (scores[$1] ?? -.infinity, $1)
  }
  let failed = scores.count { $0 == nil }
  guard failed < scores.count, let median = scores[order[max(scores.count / 2, failed)]] else {
    return scores.map { _ in 0 }
  }
  let squares = scores.compactMap(\.self).filter { $0 > median }
    .map { ($0 - median) * ($0 - median) }
  let spread =
    squares.isEmpty ? 1 : (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  let below = Double(scores.count { ($0 ?? -.infinity) < median })
  var result = [Double](repeating: 0, count: scores.count)
  for (position, index) in order.enumerated() {
    if let score = scores[index], score >= median {
      result[index] = (score - median) / spread
    } else if position > 0, scores[order[position - 1]] == scores[index] {
      result[index] = result[order[position - 1]]
    } else {
      result[index] = NormalDistribution.quantile((Double(position) + 0.5) / (2 * below))
    }
  }
  return result
}
