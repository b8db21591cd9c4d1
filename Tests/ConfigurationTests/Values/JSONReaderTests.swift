import Configuration
import TensorCore
import Testing

@Suite struct JSONReaderTests {
  @Test func numbersAreRoundedAsTheStandardLibraryRoundsThem() throws {
    var stream = RandomStreams(seed: 5)["numbers"]
    for _ in 0..<20_000 {
      let digits = (0...stream.integer(below: 21)).map { _ in
        String(stream.integer(below: 10))
      }.joined()
      let text =
        (stream.integer(below: 2) == 0 ? "-" : "") + "\(stream.integer(below: 10)).\(digits)"
        + (stream.integer(below: 2) == 0 ? "" : "e\(stream.integer(below: 80) - 40)")
      guard case .number(let value) = try ConfigurationValue(json: text) else {
        Issue.record("\(text) is no number")
        continue
      }
      #expect(value.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
  }

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("99999999999999999", 99_999_999_999_999_999),
    ("-99999999999999999", -99_999_999_999_999_999),
    ("1234567890123456789", 1_234_567_890_123_456_789),
    ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
  ])
  func wholeNumbersAreReadExactly(text: String, number: Int) throws {
    #expect(try ConfigurationValue(json: text) == .integer(number))
  }

  @Test(arguments: [
    ("9223372036854775808", 0x1p63), ("1e3", 1000), ("-1.5E+2", -150), ("0.1", 0.1),
    ("4.9406564584124654e-324", .leastNonzeroMagnitude), ("1e-400", 0),
  ])
  func otherNumbersAreDoubles(text: String, number: Double) throws {
    #expect(try ConfigurationValue(json: text) == .number(number))
  }

  @Test func membersAreReplacedAtTheTopAlone() throws {
    var seen: [String] = []
    let value = try JSONReader.read(#"{"a":[1,2],"b":{"a":3},"c":4}"#) { reader in
      try reader.value { key, reader in
        seen.append(key)
        guard key == "a" else { return nil }
        return .integer(try #require(try reader.list { try $0.value() }).count)
      }
    }
    #expect(seen == ["a", "b", "c"])
    #expect(
      value == .object(["a": .integer(2), "b": .object(["a": .integer(3)]), "c": .integer(4)]))
  }

  @Test func aReplacedMemberMayNotOccurTwice() {
    let error = #expect(throws: Diagnostic.self) {
      try JSONReader.read(#"{"a":1,"a":2}"#) { reader in
        try reader.value { _, reader in
          _ = try reader.value()
          return .null
        }
      }
    }
    #expect(error?.description == "the key 'a' occurs twice in one JSON object")
  }

  @Test func anAttemptThatFailsLeavesTheReaderWhereItWas() throws {
    for text in ["[1,[2,3]]", "[1,{\"a\":\"b\"}]"] {
      let value = try JSONReader.read(text) { reader in
        let nothing: Int? = reader.attempt { reader in
          guard reader.skip("[1,"), !reader.skip("[4") else { return nil }
          _ = try reader.value()
          return nil
        }
        let thrown: Int? = reader.attempt { reader in
          _ = reader.skip("[1")
          throw Diagnostic("no")
        }
        #expect(nothing == nil && thrown == nil)
        return try reader.value()
      }
      #expect(value == (try ConfigurationValue(json: text)))
    }
  }
}
