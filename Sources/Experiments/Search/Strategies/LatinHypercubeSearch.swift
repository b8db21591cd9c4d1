import Configuration
import TensorCore

/// A Latin hypercube: every setting takes n values, one in each n-th part of its range, in its own
/// random order (McKay, Beckman and Conover, Technometrics 21, 1979).
///
/// Trial 0 has the fixed settings and otherwise defaults; the others are n = trials - 1 points. The
/// order of a setting's values and their positions within the parts come from a random stream named
/// by the search seed, the model and the setting, so adding a setting does not change the others.
/// From a list of values, each is taken equally often, to within one. A trial whose settings are
/// incompatible is replaced by independent draws, as in ``RandomSearch``.
struct LatinHypercubeSearch: SearchStrategy {
  static let id = "latin-hypercube"
  static let summary =
    "Draws that cover the range of every setting evenly; trial 0 is the fixed settings and defaults."

  private let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  var trialCount: Int { row.search.trials }

  var words: String {
    "\(row.search.trials) trials of a Latin hypercube, trial 0 the defaults, search seed "
      + "\(row.search.seed)"
  }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    guard finished.isEmpty else { return [] }
    let cube = try UnitCube(row, space)
    let count = max(1, trialCount) - 1
    var places: [String: [Double]] = [:]
    for dimension in cube.dimensions {
      var stream = row.searchStream("latin-hypercube/\(dimension.key)")
      var parts = Array(0..<count)
      stream.shuffle(&parts)
      places[dimension.key] = parts.map { (Double($0) + stream.uniform()) / Double(count) }
    }
    let random = RandomSearch(row)
    return try [cube.trial(0)]
      + (0..<count).map { point in
        try random.trial(point + 1, in: cube) { places[$0.key]?[point] }
      }
  }
}
