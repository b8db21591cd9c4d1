import Configuration
import Testing

@Suite struct DigestTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func agreesWithTheExamplesOfTheStandard(text: String, digest: String) {
    #expect(Digest(of: text).description == digest)
  }

  @Test func digestsAMillionLetters() {
    let digest = Digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
    #expect(
      digest.description == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func doesNotDependOnThePieces() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    for size in [1, 55, 56, 63, 64, 65, 999] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        Array(bytes[start..<min(bytes.count, start + size)]).withUnsafeBytes { hash.update($0) }
      }
      #expect(hash.finish() == Digest(of: bytes).description)
    }
  }
}

@Suite struct ConfigurationJSONTests {
  @Test func readsWhatItWrites() throws {
    let value = ConfigurationValue.object([
      "a": .list([.integer(-3), .number(0.1), .number(1e-300), .bool(true), .null]),
      "text \"quoted\"\n": .string("ä\u{1}\\/☃ 𝄞"), "empty": .object([:]), "none": .list([]),
    ])
    #expect(try ConfigurationValue(json: value.canonicalJSON) == value)
  }

  @Test func readsEscapesAndSpace() throws {
    let value = try ConfigurationValue(json: " { \"a\" : [ \"\\u00e4\\ud834\\udd1e\\/\" , 1e3 ] } ")
    #expect(value == .object(["a": .list([.string("ä𝄞/"), .number(1000)])]))
  }

  @Test(arguments: [
    ("{\"a\":1", "expected ',' or '}' at character 7"),
    ("[1,]", "expected a value at character 4"),
    ("[1] 2", "expected the end at character 5"),
    ("\"abc", "expected a closing quote at character 5"),
    ("{\"a\":1,\"a\":2}", "the key 'a' occurs twice"),
    ("nul", "expected a value at character 1"),
    ("+1", "expected a value at character 1"),
    ("01", "expected the end at character 2"),
    ("1.", "expected a digit at character 3"),
    ("[.5]", "expected a value at character 2"),
    ("1e", "expected a digit at character 3"),
    ("1e999", "expected a number within range at character 1"),
    ("\"\\u+abc\"", "expected four hexadecimal digits at character 4"),
    ("\"\u{1}\"", "expected no bare control character at character 2"),
    ("", "expected a value at character 1"),
  ])
  func saysWhereTextIsNotJSON(text: String, message: String) {
    let error = #expect(throws: Diagnostic.self) { try ConfigurationValue(json: text) }
    #expect(error?.description.contains(message) == true)
  }
}
