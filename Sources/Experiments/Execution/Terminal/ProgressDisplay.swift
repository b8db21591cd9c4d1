import Configuration
import Foundation

/// A display of the events and progress of a sweep.
public protocol ProgressDisplay: Sendable {
  /// Shows a permanent line.
  func event(_ line: String)

  /// Shows the progress of the sweep, if the display can update it in place; only then is `status`
  /// called.
  func show(_ status: () throws -> SweepStatus) rethrows

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
  public func show(_ status: () throws -> SweepStatus) {}

  /// Does nothing.
  public func finish() {}
}

/// Shows one line per event on standard error, and below them the progress of the sweep if that is
/// a terminal.
public final class StandardErrorDisplay: ProgressDisplay {
  private let area = StatusArea()

  /// Creates the display.
  public init() {}

  /// Writes the line above the progress.
  public func event(_ line: String) { area.event(line) }

  /// Redraws the progress at most a few times a second; does nothing without a terminal.
  public func show(_ status: () throws -> SweepStatus) rethrows {
    try area.show { size, style in
      try status().lines(width: size.width, height: size.height - 1, style: style)
    }
  }

  /// Removes the progress.
  public func finish() { area.clear() }
}

/// Returns a bar and a text in less than `width` columns: the first text that fits, with no bar if
/// less than eight columns remain for it.
///
/// - Parameter total: The total that `done` counts toward; nil if unknown.
package func progressBar(done: Int, of total: Int?, texts: [String], width: Int) -> String {
  let text = texts.first { $0.count < width } ?? texts.last ?? ""
  let size = min(30, width - 4 - text.count)
  guard size >= 8, let total, total > 0 else { return String(text.prefix(max(0, width - 1))) }
  return bar(Double(min(done, total)) / Double(total), size: size) + " " + text
}

/// Returns a bar of `size` characters between brackets.
///
/// - Parameter share: The full part, from 0 to 1.
package func bar(_ share: Double, size: Int) -> String {
  let full = min(size, Int(share * Double(size) + 1e-9))
  return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: size - full)
    + "]"
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
