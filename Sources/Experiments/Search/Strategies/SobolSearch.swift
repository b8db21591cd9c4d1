import Configuration
import TensorCore

/// Points of a scrambled ``SobolSequence``: they cover the whole space evenly, not only every
/// setting by itself as in ``LatinHypercubeSearch``.
///
/// Trial 0 has the fixed settings and otherwise defaults; trial n is point n - 1 of the sequence. The
/// sequence is evenest at powers of two: 2^m + 1 trials. Its dimensions are the searched settings in
/// order, each scrambled by a random stream named by the search seed, the model and the setting. A
/// trial whose settings are incompatible is replaced by independent draws, as in ``RandomSearch``.
struct SobolSearch: SearchStrategy {
  static let id = "sobol"
  static let summary =
    "A scrambled Sobol sequence, which covers the space evenly; trial 0 is the fixed settings and "
    + "defaults."

  private let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  var trialCount: Int { row.search.trials }

  var words: String {
    "\(row.search.trials) trials of a scrambled Sobol sequence, trial 0 the defaults, search seed "
      + "\(row.search.seed)"
  }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    guard finished.isEmpty else { return [] }
    return try trials(trialCount, in: UnitCube(row, space))
  }

  /// Returns the first trials.
  func trials(_ count: Int, in cube: UnitCube) throws -> [Trial] {
    let limit = SobolSequence.dimensionLimit
    guard cube.dimensions.count <= limit else {
      throw Diagnostic(
        "'\(row.label)' searches \(cube.dimensions.count) settings, but a Sobol sequence has at "
          + "most \(limit) dimensions")
    }
    let sequence = SobolSequence(
      dimensionCount: cube.dimensions.count,
      scrambledBy: cube.dimensions.map { row.searchStream("sobol/\($0.key)") })
    return try [cube.trial(0)]
      + (1..<max(1, count)).map { number in
        if let trial = try? cube.trial(number, cube.choices(at: sequence.point(number - 1))) {
          return trial
        }
        return try RandomSearch(row).trial(number, in: cube)
      }
  }
}
