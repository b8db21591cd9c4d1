import Configuration
import TensorCore

/// The tree-structured Parzen estimator: trials that are likely among the good ones and unlikely
/// among the others.
///
///     x = argmax over draws from l of l(x) / g(x)
///
/// - l: the density (``ParzenEstimator``) of the best trials, a share γ of all; g: that of the
///   others, to which trials without a score and those of the round belong.
///
/// Densities are multivariate: a kernel spans all settings of a trial. A setting that a trial lacks
/// has the prior there, which serves spaces with conditions without splitting them into groups.
///
/// Sources: Bergstra et al., NIPS 2011; Falkner, Klein and Hutter, ICML 2018; Watanabe, 2023.
struct TPESearch: AdaptiveSearch {
  static let id = "tpe"
  static let summary =
    "Tree-structured Parzen estimator: settings likely among the good trials and unlikely among the "
    + "others."
  static let title = "TPE"

  let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  func proposals(after observations: [Observation], in cube: UnitCube) -> Proposals {
    Proposals(observations, in: cube)
  }

  /// The densities of good and other trials.
  struct Proposals: ProposalSource {
    /// The number of points drawn from l for every trial.
    private static let candidateCount = 24

    private let cube: UnitCube
    private let good: ParzenEstimator
    private var others: [[Double?]]

    fileprivate init(_ observations: [Observation], in cube: UnitCube) {
      self.cube = cube
      let ranking = observations.indices.sorted {
        let (a, b) = (observations[$0], observations[$1])
        return a.isBetter(than: b) || (!b.isBetter(than: a) && $0 < $1)
      }
      let scored = observations.count { $0.score != nil }
      let count = min(scored, max(2, min(25, (observations.count + 9) / 10)))
      good = ParzenEstimator(
        ranking.prefix(count).map { observations[$0].places }, in: cube.dimensions)
      others = ranking.dropFirst(count).map { observations[$0].places }
    }

    mutating func points(drawingFrom stream: inout RandomStream) -> [[Double]] {
      let rest = ParzenEstimator(others, in: cube.dimensions)
      return (0..<Self.candidateCount).map { _ in
        let point = good.draw(from: &stream)
        let places = cube.places(at: point)
        return (point, good.logDensity(at: places) - rest.logDensity(at: places))
      }.enumerated().sorted { ($0.element.1, $1.offset) > ($1.element.1, $0.offset) }
        .map(\.element.0)
    }

    mutating func add(pending places: [Double?]) { others.append(places) }
  }
}
