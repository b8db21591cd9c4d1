import Foundation

/// The columns that text on a descriptor may take: the variable `COLUMNS`, else the terminal's width,
/// else 80; at least 20.
package func terminalWidth(of descriptor: Int32 = STDOUT_FILENO) -> Int {
  let environment = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
  var size = winsize()
  let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
  return max(20, environment ?? (isKnown ? Int(size.ws_col) : 80))
}
