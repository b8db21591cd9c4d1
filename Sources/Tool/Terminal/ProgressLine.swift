import Foundation

/// How far a piece of work is: a bar that is drawn over itself on a terminal, else a line now and
/// then.
final class ProgressLine {
  private let unit: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant
  private var firstDone: Int?

  /// Creates the line for work that is counted in `unit`, such as `rows`.
  init(unit: String) {
    self.unit = unit
    start = clock.now
    lastShown = start
  }

  /// Shows how much is done, unless that was shown a moment ago.
  ///
  /// - Parameter speed: More about the pace, such as `12.3k rows/s`.
  func update(done: Int, of total: Int, speed: String? = nil) {
    let first = firstDone ?? done
    firstDone = first
    let now = clock.now
    guard now - lastShown > (isTerminal ? .milliseconds(100) : .seconds(30)) else { return }
    lastShown = now
    let seconds = (now - start) / .seconds(1)
    let secondsLeft =
      done > first ? seconds * Double(total - done) / Double(done - first) : nil
    let status = ProgressStatus(
      done: done, total: total, unit: unit, speed: speed, secondsLeft: secondsLeft)
    if isTerminal {
      StandardError.write("\r\u{1b}[2K" + status.bar(width: terminalWidth(of: STDERR_FILENO)))
    } else {
      StandardError.write(status.text + "\n")
    }
  }

  /// Shows a line that stays.
  func event(_ line: String) {
    clear()
    StandardError.write(line + "\n")
  }

  /// Removes the bar.
  func clear() { if isTerminal { StandardError.write("\r\u{1b}[2K") } }
}

/// How far a piece of work is, in words.
struct ProgressStatus {
  var done: Int
  var total: Int
  var unit: String
  var speed: String?
  var secondsLeft: Double?

  /// The status without a bar.
  var text: String {
    let parts = [
      "\(total > 0 ? 100 * done / total : 100) %", "\(done)/\(total) \(unit)", speed,
      secondsLeft.map { "\(duration($0)) left" },
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }

  /// The status with a bar in front, in less than `width` columns.
  func bar(width: Int) -> String {
    let room = min(30, width - 4 - text.count)
    guard room >= 8, total > 0 else { return String(text.prefix(width - 1)) }
    let full = min(room, room * done / total)
    return "[" + String(repeating: "#", count: full)
      + String(repeating: ".", count: room - full) + "] " + text
  }
}

/// Returns a number of things in a short form, such as `12.3k`.
func shortCount(_ count: Double) -> String {
  switch count {
  case ..<1e3: String(format: "%.0f", count)
  case ..<1e6: String(format: "%.1fk", count / 1e3)
  default: String(format: "%.1fM", count / 1e6)
  }
}

/// Returns a length of time in words, such as `2 min 5 s`.
func duration(_ seconds: Double) -> String {
  let total = Int(min(max(seconds, 0), 1e9).rounded(.up))
  let (hours, minutes) = (total / 3600, total / 60 % 60)
  if hours > 0 { return "\(hours) h \(minutes) min" }
  return minutes > 0 ? "\(minutes) min \(total % 60) s" : "\(total) s"
}
