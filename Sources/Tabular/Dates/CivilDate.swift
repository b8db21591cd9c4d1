/// Days of the Gregorian calendar.
package enum CivilDate {
  /// Returns the days from 1 January 1970 to a date; nil if there is no such date.
  package static func days(year: Int, month: Int, day: Int) -> Int? {
    guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...lengths[month - 1]).contains(day) else { return nil }
    let past = year - 1
    let leapDays = past / 4 - past / 100 + past / 400
    return past * 365 + leapDays + lengths[..<(month - 1)].reduce(0, +) + day - 1 - 719_162
  }

  /// Returns the days from 1 January 1970 to a date written `20220425` or `2022-04-25`.
  package static func days(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    let isDashed = text.count == 10 && text[4] == 45 && text[7] == 45
    guard text.count == 8 || isDashed else { return nil }
    let digits = text.filter { !isDashed || $0 != 45 }.map { Int($0) - 48 }
    guard digits.count == 8, digits.allSatisfy((0...9).contains) else { return nil }
    func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
    return days(year: number(0..<4), month: number(4..<6), day: number(6..<8))
  }

  /// Returns the number of a month given by its English name or the first three letters of it,
  /// ignoring case; nil if there is no such month.
  package static func month(named text: some Sequence<UInt8>) -> Int? {
    let letters = text.map { $0 | 0x20 }
    let months = [
      "january", "february", "march", "april", "may", "june", "july", "august", "september",
      "october", "november", "december",
    ]
    return months.firstIndex { month in
      month.utf8.elementsEqual(letters) || month.utf8.prefix(3).elementsEqual(letters)
    }.map { $0 + 1 }
  }

  /// Returns the year, month and day for a number of days since 1 January 1970.
  package static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    // Days from 1 March of the year 0, in cycles of 400 years (Hinnant, "chrono-compatible
    // low-level date algorithms").
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// Returns the day of the week, Monday 1 to Sunday 7, for a number of days since 1 January 1970.
  package static func weekday(_ days: Int) -> Int { ((days + 3) % 7 + 7) % 7 + 1 }
}
