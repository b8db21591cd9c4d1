import Foundation

/// The wall and processor time of training steps, and the wall time between checkpoints.
///
/// The time of a step runs from the end of the previous one, so waiting for a batch is included.
/// Processor time covers all threads of the process.
struct StepTimer {
  private let clock = ContinuousClock()
  private let interval: Duration?
  private let firstRowCount: Int
  private var stepStart: ContinuousClock.Instant
  private var intervalStart: ContinuousClock.Instant
  private var processorStart = Self.processorSeconds
  private var seconds = 0.0

  init(rowCount: Int, interval: Duration?) {
    firstRowCount = rowCount
    self.interval = interval
    stepStart = clock.now
    intervalStart = stepStart
  }

  /// Ends a step, starts the next, and returns the wall and processor time of the step in seconds.
  mutating func endStep() -> (wall: Double, processor: Double) {
    let (now, processor) = (clock.now, Self.processorSeconds)
    let elapsed = ((now - stepStart) / .seconds(1), processor - processorStart)
    (stepStart, processorStart) = (now, processor)
    seconds += elapsed.0
    return elapsed
  }

  /// Excludes the time since the last step ended.
  mutating func skip() { (stepStart, processorStart) = (clock.now, Self.processorSeconds) }

  /// Restarts the interval until the next checkpoint.
  mutating func restartInterval() { intervalStart = clock.now }

  /// Whether the time between checkpoints has passed.
  var isCheckpointDue: Bool { interval.map { clock.now - intervalStart >= $0 } ?? false }

  /// The rows per second of the steps so far.
  func rowsPerSecond(rowCount: Int) -> Double {
    Double(rowCount - firstRowCount) / max(seconds, 1e-9)
  }

  /// The processor time of the process so far.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
