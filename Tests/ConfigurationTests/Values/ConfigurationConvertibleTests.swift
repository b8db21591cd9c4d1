import Configuration
import Testing

@Suite struct ConfigurationConvertibleTests {
  @Test func wholeNumbersAreTakenFromWholeNumbersOnly() {
    #expect(Int(configuration: .integer(-7)) == -7)
    #expect(Int(configuration: .number(8)) == 8)
    for value: ConfigurationValue in [
      .number(8.5), .number(.nan), .number(1e300), .number(0x1p53), .number(-0x1p63), .string("8"),
      .bool(true), .null, .list([]),
    ] { #expect(Int(configuration: value) == nil, "\(value)") }
  }

  @Test func numbersAreFinite() {
    #expect(Double(configuration: .integer(3)) == 3)
    #expect(Double(configuration: .number(0.25)) == 0.25)
    for value: ConfigurationValue in [.number(.nan), .number(.infinity), .string("1"), .null] {
      #expect(Double(configuration: value) == nil, "\(value)")
    }
  }

  @Test func nothingIsGuessed() {
    #expect(Bool(configuration: .bool(false)) == false)
    #expect(Bool(configuration: .integer(1)) == nil)
    #expect(Bool(configuration: .string("true")) == nil)
    #expect(String(configuration: .integer(1)) == nil)
    #expect([Int](configuration: .integer(64)) == nil)
  }

  @Test func listsAreTakenWholeOrNotAtAll() {
    #expect([Int](configuration: .list([.integer(64), .number(32)])) == [64, 32])
    #expect([Int](configuration: .list([])) == [])
    #expect([Int](configuration: .list([.integer(64), .string("32")])) == nil)
    #expect([Int].accepted == "a list, each element a whole number")
  }

  private enum Color: String, ConfigurationChoice { case red, darkBlue = "dark-blue" }

  @Test func choicesGoByTheirRawValue() {
    #expect(Color(configuration: .string("dark-blue")) == .darkBlue)
    #expect(Color(configuration: .string("darkBlue")) == nil)
    #expect(Color(configuration: .integer(0)) == nil)
    #expect(Color.accepted == "one of red, dark-blue")
    #expect(Color.darkBlue.configuration == .string("dark-blue"))
  }
}
