import Configuration
import Foundation
import Synchronization

/// A status line on standard error: redrawn in place on a terminal, otherwise printed as a separate
/// line from time to time, or never.
///
/// Write errors are ignored and affect nothing else.
package final class StatusLine: Sendable {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let interval: Duration?
  private let next: Mutex<ContinuousClock.Instant>

  /// Creates the line.
  ///
  /// - Parameter plainInterval: The time between two lines without a terminal; nil prints none.
  package init(plainInterval: Duration? = nil) {
    interval = isTerminal ? .milliseconds(150) : plainInterval
    next = Mutex(.now + (isTerminal ? .zero : plainInterval ?? .zero))
  }

  /// Shows the status, unless it was shown a moment ago.
  ///
  /// - Parameter text: Returns the status in less than `width` columns; nil means no limit.
  package func show(_ text: (_ width: Int?) -> String) {
    guard let interval else { return }
    let isDue = next.withLock { next in
      guard ContinuousClock.now >= next else { return false }
      next = .now + interval
      return true
    }
    guard isDue else { return }
    write(isTerminal ? Self.blank + text(terminalWidth(of: STDERR_FILENO)) : text(nil) + "\n")
  }

  /// Writes a permanent line in place of the status.
  package func event(_ line: String) {
    clear()
    write(visibleText(line) + "\n")
    if isTerminal { next.withLock { $0 = .now } }
  }

  /// Removes the status from a terminal.
  package func clear() { if isTerminal { write(Self.blank) } }

  private static let blank = "\r\u{1b}[2K"

  private func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}

/// Returns a bar and a text in less than `width` columns: the first text that fits, with no bar if
/// less than eight columns remain for it.
///
/// - Parameter total: The total that `done` counts toward; nil if unknown.
package func progressBar(done: Int, of total: Int?, texts: [String], width: Int) -> String {
  let text = texts.first { $0.count < width } ?? texts.last ?? ""
  let size = min(30, width - 4 - text.count)
  guard size >= 8, let total, total > 0 else { return String(text.prefix(max(0, width - 1))) }
  let full = size * min(done, total) / total
  return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: size - full)
    + "] " + text
}

/// Returns a count in a short form, such as `12.3k`.
package func shortCount(_ count: Double) -> String {
  switch count {
  case ..<1e3: fixed(count, digits: 0)
  case ..<1e6: fixed(count / 1e3, digits: 1) + "k"
  default: fixed(count / 1e6, digits: 1) + "M"
  }
}

/// Returns a duration in words, such as `2 min 5 s`.
package func durationText(seconds: Double) -> String {
  let total = Int(min(max(seconds, 0), 1e9).rounded(.up))
  let (hours, minutes) = (total / 3600, total / 60 % 60)
  if hours > 0 { return "\(hours) h \(minutes) min" }
  return minutes > 0 ? "\(minutes) min \(total % 60) s" : "\(total) s"
}

/// Returns the number of columns available to text on a descriptor: the variable `COLUMNS`, else
/// the terminal's width, else 80; at least 20.
package func terminalWidth(of descriptor: Int32 = STDOUT_FILENO) -> Int {
  let environment = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
  var size = winsize()
  let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
  return max(20, environment ?? (isKnown ? Int(size.ws_col) : 80))
}
