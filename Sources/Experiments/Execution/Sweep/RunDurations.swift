/// How long runs take, by the finished runs of the same model.
public struct RunDurations: Sendable {
  private var sums: [String: (seconds: Double, count: Int)] = [:]

  /// Creates durations without any finished run.
  public init() {}

  /// Creates the durations of the finished runs among those of a plan.
  public init(of runs: [Plan.Run], in outcomes: StoredOutcomes) {
    for run in runs {
      if let record = outcomes.outcome(run.id)?.record { add(record) }
    }
  }

  /// Takes a finished run into account: the time of its training, without evaluations.
  public mutating func add(_ record: RunRecord) {
    guard !record.configuration.isExternal else { return }
    var sum = sums[record.configuration.model] ?? (0, 0)
    sum.seconds += record.trainingSeconds
    sum.count += 1
    sums[record.configuration.model] = sum
  }

  /// Returns the mean seconds of the finished runs of a model, or of all runs if it has none; nil if
  /// there are none at all.
  public func seconds(ofModel model: String) -> Double? {
    if let own = sums[model] { return own.seconds / Double(own.count) }
    let all = sums.values.reduce((seconds: 0.0, count: 0)) {
      ($0.seconds + $1.seconds, $0.count + $1.count)
    }
    return all.count == 0 ? nil : all.seconds / Double(all.count)
  }
}
