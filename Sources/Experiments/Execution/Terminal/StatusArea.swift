import Configuration
import Foundation
import Synchronization

/// Lines at the bottom of standard error that are redrawn in place on a terminal, below permanent
/// lines; without a terminal, they are printed from time to time, or never.
///
/// Every change is a single write that overwrites the old lines rather than erasing them first, so
/// nothing flickers. Write errors are ignored and affect nothing else.
package final class StatusArea: Sendable {
  private struct State {
    var next: ContinuousClock.Instant
    /// The lines on the screen.
    var lines: [String] = []
  }

  private let isTerminal: Bool
  private let interval: Duration?
  private let style: TerminalStyle
  private let state: Mutex<State>

  /// Creates the area.
  ///
  /// - Parameter plainInterval: The time between two statuses without a terminal; nil prints none.
  package init(plainInterval: Duration? = nil) {
    isTerminal = TerminalStyle.canMoveCursor(on: STDERR_FILENO)
    style = TerminalStyle(of: STDERR_FILENO)
    interval = isTerminal ? .milliseconds(150) : plainInterval
    state = Mutex(State(next: .now + (isTerminal ? .zero : plainInterval ?? .zero)))
  }

  /// Shows lines, unless lines were shown a moment ago.
  ///
  /// - Parameter text: Returns lines of less than the width and at most the height of the window,
  ///   which are without limit if there is no terminal.
  package func show(
    _ text: (_ size: TerminalSize, _ style: TerminalStyle) throws -> [String]
  ) rethrows {
    guard let interval, state.withLock({ ContinuousClock.now >= $0.next }) else { return }
    let size = isTerminal ? TerminalSize(of: STDERR_FILENO) : .unlimited
    let lines = try text(size, style)
    state.withLock { state in
      state.next = .now + interval
      guard isTerminal else { return write(lines.map { $0 + "\n" }.joined()) }
      write(Self.back(over: state.lines, width: size.width) + Self.drawn(lines))
      state.lines = lines
    }
  }

  /// Writes a permanent line above the others.
  package func event(_ line: String) {
    state.withLock { state in
      guard isTerminal else { return write(visibleText(line) + "\n") }
      write(
        Self.back(over: state.lines, width: TerminalSize(of: STDERR_FILENO).width)
          + visibleText(line) + Self.eraseLine + "\n" + Self.drawn(state.lines))
      state.next = .now
    }
  }

  /// Removes the lines from a terminal.
  package func clear() {
    state.withLock { state in
      guard isTerminal, !state.lines.isEmpty else { return }
      let width = TerminalSize(of: STDERR_FILENO).width
      write(Self.back(over: state.lines, width: width) + Self.eraseBelow)
      state = State(next: .now)
    }
  }

  private static let eraseLine = "\u{1b}[K"
  private static let eraseBelow = "\u{1b}[J"

  /// Moves the cursor, which is at the end of the last line, to the beginning of the first.
  ///
  /// If the window has become narrower since, a long line takes several of its lines.
  private static func back(over lines: [String], width: Int) -> String {
    let count = lines.reduce(0) { $0 + max(1, (columns($1) + width - 1) / width) }
    return count > 1 ? "\r\u{1b}[\(count - 1)A" : "\r"
  }

  private static func drawn(_ lines: [String]) -> String {
    lines.map { $0 + eraseLine }.joined(separator: "\n") + eraseBelow
  }

  /// The number of columns of a line, without its colors.
  private static func columns(_ line: String) -> Int {
    line.split(separator: "\u{1b}[", omittingEmptySubsequences: false).enumerated()
      .reduce(0) { sum, part in
        let text = part.offset == 0 ? part.element : part.element.drop { $0 != "m" }.dropFirst()
        return sum + text.count
      }
  }

  private func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}
