/// The wall time of training steps, and of the pause between checkpoints.
///
/// A step's time runs from the end of the one before it, so waiting for a batch counts.
struct StepTimer {
  private let clock = ContinuousClock()
  private let interval: Duration?
  private let firstRowCount: Int
  private var stepStart: ContinuousClock.Instant
  private var intervalStart: ContinuousClock.Instant
  private var seconds = 0.0

  init(rowCount: Int, interval: Duration?) {
    firstRowCount = rowCount
    self.interval = interval
    stepStart = clock.now
    intervalStart = stepStart
  }

  /// Ends a step and starts the next; returns the seconds it took.
  mutating func endStep() -> Double {
    let now = clock.now
    let elapsed = (now - stepStart) / .seconds(1)
    stepStart = now
    seconds += elapsed
    return elapsed
  }

  /// Leaves out the time since the last step ended.
  mutating func skip() { stepStart = clock.now }

  /// Starts to count towards the next checkpoint.
  mutating func restartInterval() { intervalStart = clock.now }

  /// Whether the time between checkpoints has passed.
  var isCheckpointDue: Bool { interval.map { clock.now - intervalStart >= $0 } ?? false }

  /// The rows per second of the steps so far.
  func rowsPerSecond(rowCount: Int) -> Double {
    Double(rowCount - firstRowCount) / max(seconds, 1e-9)
  }
}
