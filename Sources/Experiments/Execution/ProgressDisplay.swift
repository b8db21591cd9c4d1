/// The progress of a sweep.
public struct SweepStatus: Sendable, Equatable {
  /// The number of runs of the experiment.
  public var total: Int
  /// The number of runs that are done.
  public var done: Int
  /// The number of runs that are being executed.
  public var running: Int
  /// The number of runs that failed.
  public var failed: Int
  /// Training rows per second of all running runs together.
  public var rowsPerSecond: Double
  /// The seconds to the end, if runs take as long as those that ended so far.
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

/// Where events and progress of a sweep are shown.
public protocol ProgressDisplay: Sendable {
  /// Shows one line that stays.
  func event(_ line: String)

  /// Shows how far the sweep is, where that can be replaced by later news.
  func show(_ status: SweepStatus)

  /// Removes what does not stay.
  func finish()
}

/// Shows nothing.
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

/// Shows one line per event on standard error; on a terminal also a bar.
public final class StandardErrorDisplay: ProgressDisplay {
  private let line = StatusLine()

  /// Creates the display.
  public init() {}

  /// Writes the line, in the place of the bar.
  public func event(_ line: String) { self.line.event(line) }

  /// Draws the bar anew, at most a few times a second; without a terminal does nothing.
  public func show(_ status: SweepStatus) {
    line.show { status.bar(width: $0 ?? .max) }
  }

  /// Removes the bar.
  public func finish() { line.clear() }
}

extension SweepStatus {
  /// The status as one line of less than `width` columns; narrow lines leave out the speed, then the
  /// bar.
  public func bar(width: Int) -> String {
    var counts = "\(done)/\(total) done, \(running) running"
    if failed > 0 { counts += ", \(failed) failed" }
    var speed = rowsPerSecond > 0 ? ", \(shortCount(rowsPerSecond)) rows/s" : ""
    if let secondsLeft { speed += ", \(durationText(seconds: secondsLeft)) left" }
    return progressBar(
      done: done + failed, of: total, texts: [counts + speed, counts], width: width)
  }
}
