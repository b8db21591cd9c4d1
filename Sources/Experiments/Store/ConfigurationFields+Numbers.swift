import Configuration

extension ConfigurationFields {
  /// Returns a non-negative whole number.
  func count(_ key: String) throws -> Int { try notNegative(key, try self(key, Int.self)) }

  /// Returns a non-negative whole number, or nil if it is absent or null.
  func optionalCount(_ key: String) throws -> Int? {
    try optional(key, Int.self).map { try notNegative(key, $0) }
  }

  /// Returns a finite non-negative number.
  func measure(_ key: String) throws -> Double { try notNegative(key, try self(key, Double.self)) }

  /// Returns a finite non-negative number, or nil if it is absent or null.
  func optionalMeasure(_ key: String) throws -> Double? {
    try optional(key, Double.self).map { try notNegative(key, $0) }
  }

  private func notNegative<Number: Comparable & ExpressibleByIntegerLiteral>(
    _ key: String, _ number: Number
  ) throws -> Number {
    guard number >= 0 else {
      throw Diagnostic("must not be negative, but is \(number)").at(key)
    }
    return number
  }
}

/// Returns numbers, with nil for null.
func optionalNumbers(_ values: [ConfigurationValue]) throws -> [Double?] {
  try values.map { value in
    if value == .null { return nil }
    guard let number = Double(configuration: value) else {
      throw Diagnostic("must be a number or null, but is \(value.description)")
    }
    return number
  }
}
