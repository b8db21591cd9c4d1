import Configuration
import Testing

@Suite struct CanonicalJSONTests {
  @Test func keysAreSortedAtEveryLevelAndSpaceIsLeftOut() {
    let value = ConfigurationValue.object([
      "b": .list([.integer(1), .object(["z": .null, "a": .bool(true)])]), "a": .string("x"),
      "B": .bool(false),
    ])
    #expect(value.canonicalJSON == #"{"B":false,"a":"x","b":[1,{"a":true,"z":null}]}"#)
  }

  @Test func wholeNumbersReadTheSameHoweverWritten() {
    #expect(ConfigurationValue.number(1).canonicalJSON == "1")
    #expect(ConfigurationValue.integer(1).canonicalJSON == "1")
    #expect(ConfigurationValue.number(-0.0).canonicalJSON == "0")
    #expect(ConfigurationValue.number(-3e6).canonicalJSON == "-3000000")
    #expect(ConfigurationValue.integer(.max).canonicalJSON == "9223372036854775807")
    #expect(ConfigurationValue.number(0x1p53 - 1).canonicalJSON == "9007199254740991")
  }

  @Test func theSmallestWholeNumberIsWritten() throws {
    #expect(ConfigurationValue.integer(.min).canonicalJSON == "-9223372036854775808")
    #expect(ConfigurationValue.number(-0x1p63).canonicalJSON == "-9.223372036854776e+18")
    #expect(try ConfigurationValue(json: "-9223372036854775808") == .integer(.min))
  }

  @Test(arguments: [0.1, 1e-7, -2.5, 1e300, 0x1p53, 0x1p60, .pi, .leastNonzeroMagnitude])
  func numbersReadBackToTheSameBits(number: Double) throws {
    let text = ConfigurationValue.number(number).canonicalJSON
    #expect(Double(text) == number)
    #expect(Double(configuration: try ConfigurationValue(json: text)) == number)
  }

  @Test(arguments: [(Double.nan, "\"nan\""), (.infinity, "\"inf\""), (-.infinity, "\"-inf\"")])
  func numbersThatJSONLacksAreWrittenAsText(number: Double, text: String) {
    #expect(ConfigurationValue.number(number).canonicalJSON == text)
  }

  @Test func textIsEscaped() {
    let value = ConfigurationValue.string("a\"b\\c\nd\re\tf\u{1}\u{1f}é☃𝄞/")
    #expect(value.canonicalJSON == #""a\"b\\c\nd\re\tf\u0001\u001fé☃𝄞/""#)
    #expect(ConfigurationValue.object(["k\"": .null]).canonicalJSON == #"{"k\"":null}"#)
  }

  @Test func valuesThatAreWrittenAlikeHaveOneText() {
    let values: [ConfigurationValue] = [
      .null, .bool(true), .integer(0), .number(0), .number(-0.0), .integer(1), .number(1),
      .number(0.5), .number(.nan), .string("nan"), .integer(1 << 53), .number(0x1p53),
      .integer((1 << 53) + 1), .integer(.max), .number(0x1p63), .list([]), .list([.integer(1)]),
      .list([.number(1)]), .object([:]), .object(["a": .integer(1)]), .object(["a": .number(1)]),
      .object(["b": .number(1)]), .object(["a": .number(1), "b": .null]),
    ]
    for a in values {
      for b in values where a.isWritten(like: b) { #expect(a.canonicalJSON == b.canonicalJSON) }
    }
    #expect(values[2].isWritten(like: values[3]) && values[19].isWritten(like: values[20]))
    #expect(!values[12].isWritten(like: values[11]) && !values[13].isWritten(like: values[14]))
  }

  @Test func descriptionIsShort() {
    #expect(ConfigurationValue.string("relu").description == "relu")
    #expect(ConfigurationValue.list([.integer(1), .string("a")]).description == "[1, a]")
    #expect(ConfigurationValue.number(0.5).description == "0.5")
  }
}
