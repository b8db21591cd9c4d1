/// The fixed settings, all else at its default: one trial, which is not run apart.
package struct NoSearch: SearchStrategy {
  package static let id = "none"
  package static let summary = "The fixed settings, all else at its default; nothing is tried."

  private let row: ExperimentRow

  package init(_ row: ExperimentRow) { self.row = row }

  package var trialCount: Int { 1 }
  package var words: String { "no search" }

  package func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    finished.isEmpty ? [try space.trial(0, of: row)] : []
  }
}
