import Configuration
import Foundation
import Synchronization

/// How far a sweep is.
public struct SweepStatus: Sendable, Equatable {
  /// The number of runs of the experiment.
  public var total: Int
  /// The number of runs that are done.
  public var done: Int
  /// The number of runs that go on now.
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
///
/// What cannot be written is not shown, and disturbs nothing else.
public final class StandardErrorDisplay: ProgressDisplay {
  private let isTerminal: Bool
  private let lastShown = Mutex<(date: Date, text: String)>((.distantPast, ""))

  /// Creates the display.
  public init() { isTerminal = isatty(STDERR_FILENO) == 1 }

  /// Writes the line, in the place of the bar.
  public func event(_ line: String) {
    write((isTerminal ? "\r\u{1b}[2K" : "") + visibleText(line) + "\n")
    lastShown.withLock { $0.date = .distantPast }
  }

  /// Draws the bar anew, at most five times a second; without a terminal does nothing.
  public func show(_ status: SweepStatus) {
    guard isTerminal else { return }
    let text = status.bar(width: terminalWidth(of: STDERR_FILENO))
    let isDue = lastShown.withLock { last in
      guard Date().timeIntervalSince(last.date) > 0.2 else { return false }
      last = (Date(), text)
      return true
    }
    if isDue { write("\r\u{1b}[2K" + text) }
  }

  /// Removes the bar.
  public func finish() { if isTerminal { write("\r\u{1b}[2K") } }

  private func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}

extension SweepStatus {
  /// The status as one line of less than `width` columns; narrow lines leave out the bar, then the
  /// speed.
  public func bar(width: Int) -> String {
    var counts = "\(done)/\(total) done, \(running) running"
    if failed > 0 { counts += ", \(failed) failed" }
    var speed = rowsPerSecond > 0 ? ", \(Self.short(rowsPerSecond)) rows/s" : ""
    if let secondsLeft { speed += ", \(Self.duration(secondsLeft)) left" }
    let text = counts.count + speed.count < width ? counts + speed : counts
    let room = width - 1 - text.count - 3
    guard room >= 8, total > 0 else { return String(text.prefix(max(0, width - 1))) }
    let size = min(room, 30)
    let full = min(size, size * (done + failed) / total)
    return "[" + String(repeating: "#", count: full)
      + String(repeating: ".", count: size - full) + "] " + text
  }

  private static func short(_ count: Double) -> String {
    switch count {
    case ..<1e3: fixed(count, digits: 0)
    case ..<1e6: fixed(count / 1e3, digits: 1) + "k"
    default: fixed(count / 1e6, digits: 1) + "M"
    }
  }

  private static func duration(_ seconds: Double) -> String {
    let total = Int(min(max(seconds, 0), 1e9).rounded(.up))
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    if hours > 0 { return "\(hours) h \(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(total % 60) s" : "\(total) s"
  }
}
