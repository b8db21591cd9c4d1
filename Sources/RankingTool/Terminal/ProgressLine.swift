import Configuration
import Experiments
import Foundation
import Synchronization

/// How far a piece of work is: a bar that is drawn over itself on a terminal, else a line now and
/// then.
final class ProgressLine: Sendable {
  private struct Times {
    var lastShown: ContinuousClock.Instant
    var firstDone: Int?
  }

  private let unit: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private let times: Mutex<Times>

  /// Creates the line for work that is counted in `unit`, such as `rows`.
  init(unit: String) {
    self.unit = unit
    times = Mutex(Times(lastShown: start))
  }

  /// Shows how much is done, unless that was shown a moment ago.
  ///
  /// - Parameters:
  ///   - done: The units done.
  ///   - total: All units; nil where that is not known.
  ///   - note: More about the work, such as `12.3k rows/s`.
  func update(done: Int, of total: Int?, note: String? = nil) {
    let now = ContinuousClock.now
    let first = times.withLock { times -> Int? in
      if times.firstDone == nil { times.firstDone = done }
      guard now - times.lastShown > (isTerminal ? .milliseconds(100) : .seconds(30)) else {
        return nil
      }
      times.lastShown = now
      return times.firstDone
    }
    guard let first else { return }
    let seconds = (now - start) / .seconds(1)
    let secondsLeft =
      done > first ? total.map { seconds * Double($0 - done) / Double(done - first) } : nil
    let status = ProgressStatus(
      done: done, total: total, unit: unit, note: note, secondsLeft: secondsLeft)
    if isTerminal {
      StandardError.write("\r\u{1b}[2K" + status.bar(width: terminalWidth(of: STDERR_FILENO)))
    } else {
      StandardError.write(status.text + "\n")
    }
  }

  /// Shows a line that stays.
  func event(_ line: String) {
    clear()
    StandardError.write(visibleText(line) + "\n")
  }

  /// Removes the bar.
  func clear() { if isTerminal { StandardError.write("\r\u{1b}[2K") } }
}
