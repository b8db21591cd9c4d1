extension SweepRunner {
  /// How a sweep ended.
  public struct Summary: Sendable, Equatable {
    /// The number of runs in each state, counting each run once.
    public var counts: [RunStore.State: Int]
    /// The number of runs that this process has finished.
    public var finishedHere: Int
    /// Whether the sweep was asked to stop.
    public var wasStopped: Bool
    /// One sentence per unfinished run, in the order of the plan.
    public var problems: [String]

    /// Whether nothing is left to do.
    public var isComplete: Bool {
      !wasStopped && problems.isEmpty
        && counts.allSatisfy { $0.key.isSettled || $0.value == 0 }
    }

    /// A message on how many runs are not done and how to proceed.
    public var incompleteness: String {
      let total = counts.values.reduce(0, +)
      let parts = RunStore.State.allCases.compactMap { state -> String? in
        guard !state.isSettled, let count = counts[state], count > 0 else { return nil }
        return "\(count) \(state.rawValue)"
      }
      let failed = counts[.failed, default: 0] > 0
      return "the experiment is not complete: of \(total) runs, "
        + (parts.isEmpty ? "some have problems" : "\(parts.joined(separator: ", "))")
        + (failed ? "; --retry-failed tries failed runs again" : "")
    }
  }
}
