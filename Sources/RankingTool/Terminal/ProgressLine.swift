import Experiments
import Foundation
import Synchronization

/// The progress of countable work, such as rows: a bar on a terminal, else a line every half
/// minute.
final class ProgressLine: Sendable {
  private let unit: String
  private let area = StatusArea(plainInterval: .seconds(30))
  private let start = ContinuousClock.now
  private let firstDone = Mutex<Int?>(nil)

  /// Creates the line for work counted in `unit`, such as `rows`.
  init(unit: String) { self.unit = unit }

  /// Shows the progress, unless it was shown a moment ago.
  ///
  /// - Parameters:
  ///   - done: The number of finished units.
  ///   - total: The total number of units; nil if unknown.
  ///   - note: Additional information, such as `12.3k rows/s`.
  func update(done: Int, of total: Int?, note: String? = nil) {
    let first = firstDone.withLock { first in
      first = first ?? done
      return first ?? done
    }
    area.show { size, style in
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let count =
        total.map { "\($0 > 0 ? min(100, 100 * done / $0) : 100) %, \(done)/\($0) \(unit)" }
        ?? "\(done) \(unit)"
      let left = done > first ? total.map { Double($0 - done) / Double(done - first) } : nil
      let timeLeft = left.map { "\(durationText(seconds: seconds * $0)) left" }
      func text(_ parts: [String?]) -> String { parts.compactMap(\.self).joined(separator: ", ") }
      let whole = text([count, note, timeLeft])
      if size.width == .max { return [whole] }
      let line = progressBar(
        done: done, of: total, texts: [whole, text([count, timeLeft])], width: size.width)
      return [style.painted(line, failure: nil)]
    }
  }

  /// Shows a permanent line.
  func event(_ line: String) { area.event(line) }

  /// Removes the bar.
  func clear() { area.clear() }
}
