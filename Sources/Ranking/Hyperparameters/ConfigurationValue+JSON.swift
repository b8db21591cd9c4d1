extension ConfigurationValue {
  /// Creates a value from JSON text (RFC 8259).
  ///
  /// A number without fraction and exponent is an integer where it fits one. Reading what
  /// ``canonicalJSON`` wrote gives an equal text again.
  ///
  /// - Throws: ``ConfigurationError`` that names the character where reading stopped.
  public init(json text: String) throws {
    var text = text
    self = try text.withUTF8 { bytes in
      var parser = JSONParser(bytes: bytes)
      return try parser.parseDocument()
    }
  }

  /// The value of a member, or nil if there is none or this is no object.
  public subscript(_ key: String) -> ConfigurationValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }
}

private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0

  mutating func parseDocument() throws -> ConfigurationValue {
    let value = try parseValue(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end") }
    return value
  }

  private mutating func parseValue(depth: Int) throws -> ConfigurationValue {
    guard depth < 200 else { throw ConfigurationError("JSON is nested deeper than 200 levels") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try parseObject(depth: depth)
    case UInt8(ascii: "["): return try parseList(depth: depth)
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    default: return try parseNumber()
    }
  }

  private mutating func parseObject(depth: Int) throws -> ConfigurationValue {
    var members: [String: ConfigurationValue] = [:]
    members.reserveCapacity(8)
    position += 1
    skipSpace()
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
      let key = try parseString()
      skipSpace()
      guard take(":") else { throw unexpected("':'") }
      guard members.updateValue(try parseValue(depth: depth + 1), forKey: key) == nil else {
        throw ConfigurationError("the key '\(excerpt(key))' occurs twice in one JSON object")
      }
      skipSpace()
    } while take(",")
    guard take("}") else { throw unexpected("',' or '}'") }
    return .object(members)
  }

  private mutating func parseList(depth: Int) throws -> ConfigurationValue {
    var values: [ConfigurationValue] = []
    position += 1
    skipSpace()
    if take("]") { return .list(values) }
    repeat {
      values.append(try parseValue(depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw unexpected("',' or ']'") }
    return .list(values)
  }

  private mutating func parseString() throws -> String {
    position += 1
    let start = position
    while let byte = peek, byte >= 32, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      position += 1
    }
    if peek == UInt8(ascii: "\"") {
      position += 1
      return String(decoding: bytes[start..<position - 1], as: UTF8.self)
    }
    var utf8 = Array(bytes[start..<position])
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: utf8, as: UTF8.self)
      case UInt8(ascii: "\\"): utf8.append(contentsOf: try parseEscape())
      case 0..<32:
        position -= 1
        throw unexpected("no bare control character")
      default: utf8.append(byte)
      }
    }
    throw unexpected("a closing quote")
  }

  private mutating func parseEscape() throws -> [UInt8] {
    guard let byte = peek else { throw unexpected("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "u"):
      var units = [try parseHex()]
      if (0xd800..<0xdc00).contains(units[0]), peek == UInt8(ascii: "\\") {
        position += 1
        guard take("u") else { throw unexpected("the second half of a surrogate pair") }
        units.append(try parseHex())
      }
      return Array(String(decoding: units, as: UTF16.self).utf8)
    default: throw unexpected("an escape")
    }
  }

  private mutating func parseHex() throws -> UInt16 {
    let end = min(position + 4, bytes.count)
    let digits = String(decoding: bytes[position..<end], as: UTF8.self)
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit),
      let unit = UInt16(digits, radix: 16)
    else {
      throw unexpected("four hexadecimal digits")
    }
    position = end
    return unit
  }

  private mutating func parseWord(_ word: String, _ value: ConfigurationValue) throws
    -> ConfigurationValue
  {
    guard bytes[position...].starts(with: word.utf8) else { throw unexpected("a value") }
    position += word.utf8.count
    return value
  }

  private mutating func parseNumber() throws -> ConfigurationValue {
    let start = position
    _ = take("-")
    guard take("0") || takeDigits() else {
      position = start
      throw unexpected("a value")
    }
    if take(".") {
      guard takeDigits() else { throw unexpected("a digit") }
    }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      guard takeDigits() else { throw unexpected("a digit") }
    }
    let text = bytes[start..<position]
    if let whole = Int(String(decoding: text, as: UTF8.self)) { return .integer(whole) }
    guard let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else {
      position = start
      throw unexpected("a number within range")
    }
    return .number(number)
  }

  /// Passes over digits; says whether there was one.
  private mutating func takeDigits() -> Bool {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position > start
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 32 || (9...10).contains(byte) || byte == 13 { position += 1 }
  }

  private func unexpected(_ wanted: String) -> ConfigurationError {
    ConfigurationError("not valid JSON: expected \(wanted) at character \(position + 1)")
  }
}
