import Foundation
import TensorCore
import Testing

// Internal: whole.
@testable import Tabular

@Suite struct TextTests {
  private func number(_ text: String) -> Double? {
    Array(text.utf8).withUnsafeBufferPointer { NumberText.parse($0) }
  }

  private func days(_ text: String) -> Int? {
    Array(text.utf8).withUnsafeBufferPointer { CivilDate.days($0) }
  }

  @Test func numbersAreReadToTheLastBit() {
    var stream = RandomStreams(seed: 1)["numbers"]
    for _ in 0..<20_000 {
      let value = stream.normal() * [1e-9, 1, 1e3, 1e12][stream.integer(below: 4)]
      #expect(number("\(value)") == value)
      let text = String(format: "%.6f", value)
      #expect(number(text) == Double(text))
    }
    #expect(number("123456789012345678901234567890") == 123456789012345678901234567890)
    #expect(number("+.5") == 0.5 && number("-0") == 0 && number("7.") == 7 && number("1e3") == 1000)
  }

  @Test(arguments: ["", "-", ".", "1,5", "abc", "1 ", " 1", "0x", "0x10", "1_000", "0o7", "1.2.3"])
  func otherTextsAreNoNumbers(text: String) { #expect(number(text) == nil) }

  @Test func wholeNumbersAreWrittenWithoutAPoint() {
    #expect(NumberText.format(3) == "3" && NumberText.format(-0.5) == "-0.5")
  }

  @Test(arguments: [
    ("9007199254740993", 9_007_199_254_740_993), ("-9223372036854775808", Int128(Int64.min)),
    ("+18446744073709551615", Int128(UInt64.max)),
    ("-00099999999999999999999999999999999999999", -99999999999999999999999999999999999999),
    ("1.65e18", 1_650_000_000_000_000_000), ("-5.00", -5),
    ("000", 0), ("9007199254740993.0", 9_007_199_254_740_993), ("12e-1", nil),
    ("100000000000000000000000000000000000000", nil), ("1e38", nil), ("1e999999999999", nil),
    ("0.5", nil),
  ])
  func wholeNumbersAreReadExactly(text: String, whole: Int128?) {
    #expect(Array(text.utf8).withUnsafeBufferPointer { NumberText.whole($0) } == whole)
  }

  @Test func datesAgreeWithTheCalendar() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    for day in stride(from: -141_000, to: 200_000, by: 997) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400)
      let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
      let (year, month, dayOfMonth) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
      #expect(CivilDate.days(year: year, month: month, day: dayOfMonth) == day)
      #expect(CivilDate.weekday(day) == ((parts.weekday ?? 0) + 5) % 7 + 1)
    }
    #expect(days("20220425") == days("2022-04-25"))
    #expect(days("1970-01-02") == 1)
  }

  @Test(arguments: ["2022042", "20220230", "2022/04/25", "20221301", "abcdefgh", ""])
  func otherTextsAreNoDates(text: String) { #expect(days(text) == nil) }

  @Test func keysAreNumberedByFirstAppearance() {
    var table = KeyTable()
    func insert(_ text: String) -> Int {
      Array(text.utf8).withUnsafeBufferPointer { table.insert($0) }
    }
    for round in 0..<2 {
      for key in 0..<5000 { #expect(insert("key \(key)") == key, "round \(round)") }
    }
    #expect(insert("") == 5000)
    #expect(table.count == 5001)
    #expect(table.find("key 17") == 17 && table.find("key 5000") == nil)
    #expect(table.string(42) == "key 42")
  }
}
