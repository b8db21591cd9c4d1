/// The fixed settings, all else at its default: one trial, which is not run apart.
struct NoSearch: SearchStrategy {
  static let id = "none"
  static let summary = "The fixed settings, all else at its default; nothing is tried."

  private let row: ExperimentRow

  init(_ row: ExperimentRow) { self.row = row }

  var trialCount: Int { 1 }
  var words: String { "no search" }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) -> [Trial] {
    finished.isEmpty ? [Trial(0, fixedBy: row)] : []
  }
}
