import Foundation

/// How far a piece of work is, in words.
struct ProgressStatus {
  var done: Int
  var total: Int?
  var unit: String
  var note: String?
  var secondsLeft: Double?

  /// The status without a bar.
  var text: String {
    let count = total.map { "\(share($0)) %, \(done)/\($0) \(unit)" } ?? "\(done) \(unit)"
    return [count, note, secondsLeft.map { "\(duration($0)) left" }].compactMap(\.self)
      .joined(separator: ", ")
  }

  /// The status with a bar in front, in less than `width` columns; narrow lines leave out the note,
  /// then the bar.
  func bar(width: Int) -> String {
    if note != nil, text.count >= width {
      var short = self
      short.note = nil
      return short.bar(width: width)
    }
    let size = min(30, width - 4 - text.count)
    guard size >= 8, let total else { return String(text.prefix(width - 1)) }
    let full = size * share(total) / 100
    return "[" + String(repeating: "#", count: full)
      + String(repeating: ".", count: size - full) + "] " + text
  }

  /// How much of all is done, as a percentage.
  private func share(_ total: Int) -> Int { total > 0 ? min(100, 100 * done / total) : 100 }
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
