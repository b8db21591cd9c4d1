/// The progress of a sweep.
public struct SweepStatus: Sendable, Equatable {
  /// The number of runs of the experiment.
  public var total: Int
  /// The number of finished runs.
  public var done: Int
  /// The number of runs that are being executed.
  public var running: Int
  /// The number of runs that failed.
  public var failed: Int
  /// Training rows per second, summed over all running runs.
  public var rowsPerSecond: Double
  /// The estimated remaining seconds, assuming that runs take as long as those finished so far.
  public var secondsLeft: Double?

  /// Creates a status.
  public init(
    total: Int, done: Int, running: Int, failed: Int, rowsPerSecond: Double, secondsLeft: Double?
  ) {
    self.total = total
    self.done = done
    self.running = running
    self.failed = failed
    self.rowsPerSecond = rowsPerSecond
    self.secondsLeft = secondsLeft
  }
}

/// A display of the events and progress of a sweep.
public protocol ProgressDisplay: Sendable {
  /// Shows a permanent line.
  func event(_ line: String)

  /// Shows the progress of the sweep, if the display can update it in place.
  func show(_ status: SweepStatus)

  /// Removes everything that is not permanent.
  func finish()
}

/// A display that shows nothing.
public struct SilentDisplay: ProgressDisplay {
  /// Creates the display.
  public init() {}

  /// Does nothing.
  public func event(_ line: String) {}

  /// Does nothing.
  public func show(_ status: SweepStatus) {}

  /// Does nothing.
  public func finish() {}
}

/// Shows one line per event on standard error, and a progress bar if that is a terminal.
public final class StandardErrorDisplay: ProgressDisplay {
  private let line = StatusLine()

  /// Creates the display.
  public init() {}

  /// Writes the line in place of the bar.
  public func event(_ line: String) { self.line.event(line) }

  /// Redraws the bar at most a few times a second; does nothing without a terminal.
  public func show(_ status: SweepStatus) {
    line.show { status.bar(width: $0 ?? .max) }
  }

  /// Removes the bar.
  public func finish() { line.clear() }
}

extension SweepStatus {
  /// Returns the status as one line of less than `width` columns; narrow lines omit the speed
  /// first, then the bar.
  public func bar(width: Int) -> String {
    var counts = "\(done)/\(total) done, \(running) running"
    if failed > 0 { counts += ", \(failed) failed" }
    var speed = rowsPerSecond > 0 ? ", \(shortCount(rowsPerSecond)) rows/s" : ""
    if let secondsLeft { speed += ", \(durationText(seconds: secondsLeft)) left" }
    return progressBar(
      done: done + failed, of: total, texts: [counts + speed, counts], width: width)
  }
}
