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
