import CText

/// A reader of JSON text (RFC 8259), from the first character to the last.
///
/// Large parts with a known form can be read directly, without a ``ConfigurationValue`` for each
/// number; see ``value(replacing:)`` and ``attempt(_:)``.
package struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Reads a whole document.
  ///
  /// - Throws: ``Diagnostic`` that names the character where reading stopped; any error that `body`
  ///   throws.
  package static func read<Result>(
    _ text: String, _ body: (inout JSONReader) throws -> Result
  ) throws -> Result {
    var text = text
    return try text.withUTF8 { bytes in
      var reader = JSONReader(bytes: bytes)
      let result = try body(&reader)
      reader.skipSpace()
      guard reader.position == bytes.count else { throw reader.unexpected("the end") }
      return result
    }
  }

  /// Reads a value of any kind.
  ///
  /// - Parameter replacement: Called for every member of the value if it is an object; either reads
  ///   the member and returns its replacement, or returns nil and leaves it to be read.
  package mutating func value(
    replacing replacement: ((String, inout JSONReader) throws -> ConfigurationValue?)? = nil
  ) throws -> ConfigurationValue {
    guard depth < 200 else { throw Diagnostic("JSON is nested deeper than 200 levels") }
    depth += 1
    defer { depth -= 1 }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try parseObject(replacing: replacement)
    case UInt8(ascii: "["): return .list(try list { try $0.value() } ?? [])
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    default: return try parseNumber()
    }
  }

  /// Returns the result of `read`, or returns nil and leaves the reader where it is if `read`
  /// returns nil or throws.
  package mutating func attempt<Result>(_ read: (inout JSONReader) throws -> Result?) -> Result? {
    let start = (position, depth)
    if let result = try? read(&self) { return result }
    (position, depth) = start
    return nil
  }

  /// Skips exactly these characters and returns whether they were there.
  package mutating func skip(_ characters: StaticString) -> Bool {
    let count = characters.utf8CodeUnitCount
    guard count <= bytes.count - position,
      (0..<count).allSatisfy({ bytes[position + $0] == characters.utf8Start[$0] })
    else { return false }
    position += count
    return true
  }

  /// Skips exactly these UTF-8 bytes and returns whether they were there.
  package mutating func skip(_ utf8: [UInt8]) -> Bool {
    guard bytes[position...].starts(with: utf8) else { return false }
    position += utf8.count
    return true
  }

  /// Reads a list; returns nil as soon as `element` does, after consuming some of the text.
  package mutating func list<Element>(_ element: (inout JSONReader) throws -> Element?) throws
    -> [Element]?
  {
    skipSpace()
    guard take("[") else { return nil }
    var elements: [Element] = []
    skipSpace()
    if take("]") { return elements }
    repeat {
      guard let next = try element(&self) else { return nil }
      elements.append(next)
      skipSpace()
    } while take(",")
    guard take("]") else { throw unexpected("',' or ']'") }
    return elements
  }

  private mutating func parseObject(
    replacing replacement: ((String, inout JSONReader) throws -> ConfigurationValue?)?
  ) throws -> ConfigurationValue {
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
      let replaced = try replacement?(key, &self)
      let member = if let replaced { replaced } else { try value() }
      guard members.updateValue(member, forKey: key) == nil else {
        throw Diagnostic("the key '\(excerpt(key))' occurs twice in one JSON object")
      }
      skipSpace()
    } while take(",")
    guard take("}") else { throw unexpected("',' or '}'") }
    return .object(members)
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
    let wholeEnd = position
    if take(".") {
      guard takeDigits() else { throw unexpected("a digit") }
    }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      guard takeDigits() else { throw unexpected("a digit") }
    }
    let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
    if position == wholeEnd, let whole = Self.whole(text) { return .integer(whole) }
    var number = 0.0
    if ck_decimal(text.baseAddress, text.count, &number) != 0 { return .number(number) }
    guard let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else {
      position = start
      throw unexpected("a number within range")
    }
    return .number(number)
  }

  /// Returns the whole number given by digits after an optional minus sign; nil if it does not fit
  /// an `Int`.
  private static func whole(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard text.count <= 18 else { return Int(String(decoding: text, as: UTF8.self)) }
    let isNegative = text.first == UInt8(ascii: "-")
    let magnitude = text.dropFirst(isNegative ? 1 : 0)
      .reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return isNegative ? -magnitude : magnitude
  }

  /// Skips digits and returns whether there was at least one.
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

  private func unexpected(_ wanted: String) -> Diagnostic {
    Diagnostic("not valid JSON: expected \(wanted) at character \(position + 1)")
  }
}

extension ConfigurationValue {
  /// Creates a value from JSON text (RFC 8259).
  ///
  /// A number without fraction and exponent is an integer if it fits. Reading ``canonicalJSON`` and
  /// writing it again gives the same text.
  ///
  /// - Throws: ``Diagnostic`` that names the character where reading stopped.
  public init(json text: String) throws {
    self = try JSONReader.read(text) { try $0.value() }
  }
}
