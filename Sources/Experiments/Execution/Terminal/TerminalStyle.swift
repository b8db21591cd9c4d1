import Foundation

/// The colors of a terminal, or none.
///
/// There are none on anything but a terminal, if the variable `NO_COLOR` is set to anything but
/// the empty text (no-color.org), and on a terminal that calls itself `dumb`.
package struct TerminalStyle: Sendable {
  /// No colors.
  package static let plain = TerminalStyle(hasColors: false)

  private let hasColors: Bool

  private init(hasColors: Bool) { self.hasColors = hasColors }

  /// Creates the style of a descriptor.
  package init(of descriptor: Int32) {
    let isUnwanted = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    hasColors = !isUnwanted && Self.canMoveCursor(on: descriptor)
  }

  /// Whether lines on a descriptor can be redrawn.
  package static func canMoveCursor(on descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Returns a line with the full part of its first bar in green and a number of failures in red.
  package func painted(_ line: String, failure: String?) -> String {
    guard hasColors else { return line }
    var line = line
    if let failure, let place = line.range(of: failure) {
      line.replaceSubrange(place, with: "\u{1b}[31m\(failure)\u{1b}[0m")
    }
    if let start = line.range(of: "[#") {
      let full = line[line.index(after: start.lowerBound)...].prefix { $0 == "#" }
      line.replaceSubrange(full.startIndex..<full.endIndex, with: "\u{1b}[32m\(full)\u{1b}[0m")
    }
    return line
  }

  /// Returns text that stands back.
  package func dimmed(_ text: String) -> String {
    hasColors ? "\u{1b}[2m\(text)\u{1b}[0m" : text
  }
}

/// The size of a window in columns and lines.
package struct TerminalSize: Sendable {
  /// The number of columns, at least 20.
  package let width: Int
  /// The number of lines, at least 3.
  package let height: Int

  /// No limit, as for a file.
  package static let unlimited = TerminalSize(width: .max, height: .max)

  private init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// Returns the size of the window on a descriptor: the variables `COLUMNS` and `LINES` where they
  /// are positive numbers, else the terminal's own, else 80 by 24.
  package init(of descriptor: Int32) {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    func length(_ variable: String, _ own: UInt16, _ other: Int) -> Int {
      Self.requested(variable) ?? (isKnown && own > 0 ? Int(own) : other)
    }
    width = max(Self.leastWidth, length("COLUMNS", size.ws_col, 80))
    height = max(3, length("LINES", size.ws_row, 24))
  }
}

extension TerminalSize {
  /// The least width, of windows too.
  package static let leastWidth = 20

  /// Returns the number in `COLUMNS` or `LINES`; nil if there is none or it is not positive.
  package static func requested(_ variable: String) -> Int? {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
  }
}

/// Returns the number of columns available to text on a descriptor; see ``TerminalSize``.
package func terminalWidth(of descriptor: Int32 = STDOUT_FILENO) -> Int {
  TerminalSize(of: descriptor).width
}
