import Foundation

/// An expression of `docs/weights.md`, such as `z(l + d) + (l + 1) · indicatorSize`.
struct DocumentedExpression {
  /// What a name or an expression stands for.
  enum Value: Equatable {
    case number(Int)
    case list([Int])
    case text(String)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The values of names, and of the functions `input`, `last`, `count`, `rest`, `only`, `bits`, `gates`, `width` and `z`.
  struct Names {
    var values: [String: Value]

    func call(_ name: String, _ arguments: [Value]) throws -> Value {
      func sizes(_ list: Value) throws -> [Int] {
        guard case .list(let sizes) = list else { throw Failure(description: "\(name): no list") }
        return sizes
      }
      func afterFirst(_ index: Value) throws -> Value {
        let expertSizes = try sizes(values["expertSizes"] ?? .number(0))
        return index == .number(0) ? values["D"] ?? .number(0) : .number(expertSizes.last ?? 0)
      }
      switch (name, arguments.count) {
      case ("count", 1): return .number(try sizes(arguments[0]).count)
      case ("last", 2): return try sizes(arguments[1]).last.map(Value.number) ?? arguments[0]
      case ("rest", 1): return .list(Array(try sizes(arguments[0]).dropFirst()))
      case ("only", 1):
        guard case .number(let size) = arguments[0] else { break }
        return .list([size])
      case ("bits", 1):
        guard case .number(let count) = arguments[0], count > 0 else { break }
        return .number(Int.bitWidth - (count - 1).leadingZeroBitCount)
      case ("input", 3):
        guard case .number(let index) = arguments[0] else { break }
        return index == 0 ? arguments[1] : .number(try sizes(arguments[2])[index - 1])
      case ("gates", 1):
        return values["selection"] == .text("prompt-top-k") ? .number(1) : arguments[0]
      case ("width", 1), ("z", 1): return try afterFirst(arguments[0])
      case (_, 1):
        guard case .number(let index) = arguments[0], let list = values[name] else { break }
        return .number(try sizes(list)[index])
      default: break
      }
      throw Failure(description: "no function \(name)")
    }
  }

  private var rest: Substring
  private let names: Names

  /// Returns the value of an expression.
  static func value(of text: String, with names: Names) throws -> Value {
    var expression = DocumentedExpression(rest: text[...], names: names)
    let value = try expression.comparison()
    guard expression.rest.allSatisfy({ $0 == " " }) else {
      throw Failure(description: "'\(expression.rest)' is left of '\(text)'")
    }
    return value
  }

  /// Returns the values of a list of expressions, separated by commas.
  static func values(of text: String, with names: Names) throws -> [Value] {
    try parts(of: text).map { try value(of: $0, with: names) }
  }

  /// Splits at the commas that are not in parentheses.
  static func parts(of text: String) -> [String] {
    var parts = [""]
    var depth = 0
    for character in text {
      depth += character == "(" ? 1 : character == ")" ? -1 : 0
      if character == ",", depth == 0 {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  private mutating func comparison() throws -> Value {
    let left = try sum()
    if take("≠") { return .number(left == (try sum()) ? 0 : 1) }
    if take("=") { return .number(left == (try sum()) ? 1 : 0) }
    if take(">") { return .number(try number(left) > number(try sum()) ? 1 : 0) }
    return left
  }

  private mutating func sum() throws -> Value {
    var value = try product()
    while true {
      if take("+") {
        value = .number(try number(value) + number(try product()))
      } else if take("-") {
        value = .number(try number(value) - number(try product()))
      } else {
        return value
      }
    }
  }

  private mutating func product() throws -> Value {
    var value = try atom()
    while take("·") { value = .number(try number(value) * number(try atom())) }
    return value
  }

  private mutating func atom() throws -> Value {
    skipBlanks()
    if take("(") {
      let value = try comparison()
      guard take(")") else { throw Failure(description: "a parenthesis is open") }
      return value
    }
    let word = takeWord()
    if let number = Int(word) { return .number(number) }
    guard rest.first == "(" else { return names.values[word] ?? .text(word) }
    rest = rest.dropFirst()
    var arguments: [Value] = []
    while !take(")") {
      arguments.append(try comparison())
      if !take(","), rest.isEmpty { throw Failure(description: "a parenthesis is open") }
    }
    return try names.call(word, arguments)
  }

  private func number(_ value: Value) throws -> Int {
    guard case .number(let number) = value else {
      throw Failure(description: "\(value) is no number")
    }
    return number
  }

  /// Takes letters and digits, and what follows a hyphen before a letter.
  private mutating func takeWord() -> String {
    let bytes = rest.utf8
    var end = bytes.startIndex
    var isHyphen = false
    while end < bytes.endIndex {
      let byte = bytes[end]
      let isLetter = (0x61...0x7a).contains(byte | 0x20)
      guard isLetter || (!isHyphen && (0x30...0x39).contains(byte)) else {
        if byte == 0x2d, !isHyphen, end > bytes.startIndex {
          isHyphen = true
          end = bytes.index(after: end)
          continue
        }
        break
      }
      isHyphen = false
      end = bytes.index(after: end)
    }
    if isHyphen { end = bytes.index(before: end) }
    defer { rest = rest[end...] }
    return String(rest[..<end])
  }

  private mutating func skipBlanks() { rest = rest.drop { $0 == " " } }

  private mutating func take(_ symbol: Character) -> Bool {
    skipBlanks()
    guard rest.first == symbol else { return false }
    rest = rest.dropFirst()
    return true
  }
}
