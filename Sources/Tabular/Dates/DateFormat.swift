/// The format of dates and times in a column.
///
/// Either a pattern with `strptime` conversions (`%Y %y %m %b %B %d %H %I %M %S %p %%`; all other
/// characters are literal) or the time since 1970-01-01 00:00 UTC in some unit. Time zones are not
/// applied.
package struct DateFormat: Equatable, Sendable {
  /// A moment, without a time zone.
  package struct Moment: Equatable {
    /// Days since 1 January 1970.
    package var day: Int
    /// Seconds since midnight.
    package var second = 0
  }

  private enum Part: Equatable, Sendable {
    case year, shortYear, month, monthName, day, hour, hour12, minute, second, half
    case literal(UInt8)
  }

  private enum Kind: Equatable, Sendable {
    case pattern([Part])
    case epoch(unitsPerSecond: Int64)
  }

  /// The format as written in the schema.
  package let text: String

  private let kind: Kind
  private static let units: [String: Int64] = [
    "epoch": 1, "epoch_ms": 1000, "epoch_us": 1_000_000, "epoch_ns": 1_000_000_000,
  ]
  private static let conversions: [Character: Part] = [
    "Y": .year, "y": .shortYear, "m": .month, "b": .monthName, "B": .monthName, "d": .day,
    "H": .hour, "I": .hour12, "M": .minute, "S": .second, "p": .half,
    "%": .literal(UInt8(ascii: "%")),
  ]

  /// Whether it includes a time of day.
  package var hasTime: Bool {
    guard case .pattern(let parts) = kind else { return true }
    return parts.contains(.hour) || parts.contains(.hour12)
  }

  /// Whether it includes a date.
  package var hasDate: Bool {
    guard case .pattern(let parts) = kind else { return true }
    return parts.contains(.day) && (parts.contains(.month) || parts.contains(.monthName))
      && (parts.contains(.year) || parts.contains(.shortYear))
  }

  /// Parses a format; nil if a conversion is unknown or occurs twice.
  package init?(_ text: String) {
    self.text = text
    if let units = Self.units[text] {
      kind = .epoch(unitsPerSecond: units)
      return
    }
    var parts: [Part] = []
    var rest = text[...]
    while let character = rest.popFirst() {
      guard character == "%" else {
        parts += character.utf8.map { .literal($0) }
        continue
      }
      guard let conversion = rest.popFirst(), let part = Self.conversions[conversion] else {
        return nil
      }
      if case .literal = part {
      } else if parts.contains(part) {
        return nil
      }
      parts.append(part)
    }
    kind = .pattern(parts)
  }

  /// Returns the moment spelled by a text; nil if it does not match the format or does not exist.
  package func moment(_ cell: UnsafeBufferPointer<UInt8>) -> Moment? {
    switch kind {
    case .epoch(let units): return Self.moment(cell, unitsPerSecond: units)
    case .pattern(let parts): return moment(cell, parts)
    }
  }

  private static func moment(_ cell: UnsafeBufferPointer<UInt8>, unitsPerSecond: Int64) -> Moment? {
    let text = String(decoding: cell, as: UTF8.self)
    var whole = Int64(text)
    if whole == nil, let value = NumberText.parse(cell) {
      whole = Int64(exactly: value.rounded(.down))
    }
    guard let whole else { return nil }
    func floorDivided(_ a: Int64, _ b: Int64) -> Int64 { a / b - (a % b < 0 ? 1 : 0) }
    let seconds = floorDivided(whole, unitsPerSecond)
    let day = floorDivided(seconds, 86_400)
    return Moment(day: Int(day), second: Int(seconds - day * 86_400))
  }

  private func moment(_ cell: UnsafeBufferPointer<UInt8>, _ parts: [Part]) -> Moment? {
    var rest = cell[...]
    func number(_ digits: ClosedRange<Int>) -> Int? {
      var value = 0
      var count = 0
      while count < digits.upperBound, let byte = rest.first, (48...57).contains(byte) {
        value = value * 10 + Int(byte) - 48
        count += 1
        rest = rest.dropFirst()
      }
      return count >= digits.lowerBound ? value : nil
    }
    var (year, month, day) = (1970, 1, 1)
    var (hour, minute, second) = (0, 0, 0)
    var isAfternoon: Bool?
    for part in parts {
      var found: Int? = 0
      switch part {
      case .literal(let byte):
        guard rest.first == byte else { return nil }
        rest = rest.dropFirst()
      case .year:
        found = number(4...4)
        year = found ?? 0
      case .shortYear:
        found = number(2...2)
        year = (found ?? 0) + ((found ?? 0) < 69 ? 2000 : 1900)
      case .month:
        found = number(1...2)
        month = found ?? 0
      case .monthName:
        let letters = rest.prefix { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 }
        found = CivilDate.month(named: letters)
        month = found ?? 0
        rest = rest[letters.endIndex...]
      case .day:
        found = number(1...2)
        day = found ?? 0
      case .hour:
        found = number(1...2).flatMap { $0 < 24 ? $0 : nil }
        hour = found ?? 0
      case .hour12:
        found = number(1...2).flatMap { (1...12).contains($0) ? $0 % 12 : nil }
        hour = found ?? 0
      case .minute:
        found = number(1...2).flatMap { $0 < 60 ? $0 : nil }
        minute = found ?? 0
      case .second:
        found = number(1...2).flatMap { $0 < 61 ? $0 : nil }
        second = min(found ?? 0, 59)
      case .half:
        guard rest.count >= 2 else { return nil }
        let letters = rest.prefix(2).map { $0 | 0x20 }
        guard letters[1] == UInt8(ascii: "m"), "ap".utf8.contains(letters[0]) else { return nil }
        isAfternoon = letters[0] == UInt8(ascii: "p")
        rest = rest.dropFirst(2)
      }
      if found == nil { return nil }
    }
    guard rest.isEmpty, let days = CivilDate.days(year: year, month: month, day: day) else {
      return nil
    }
    if isAfternoon == true { hour += 12 }
    guard hour < 24 else { return nil }
    return Moment(day: days, second: hour * 3600 + minute * 60 + second)
  }
}
