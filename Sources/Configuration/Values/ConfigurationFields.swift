/// The members of an object in a file of this program, such as a record, read by key and type, with
/// a diagnostic for each that is missing, unknown or of the wrong type.
package struct ConfigurationFields {
  private let members: [String: ConfigurationValue]

  /// Reads the members of an object.
  ///
  /// - Parameter keys: The keys that the object may have; nil if it may have others, which are not
  ///   read.
  /// - Throws: ``Diagnostic`` if it is not an object or has another key.
  package init(_ value: ConfigurationValue, keys: [String]? = nil) throws {
    guard case .object(let members) = value else {
      throw Diagnostic("must be an object, but is \(value.foundWords(limit: 40))")
    }
    if let keys, let unknown = members.keys.sorted().first(where: { !keys.contains($0) }) {
      throw Diagnostic.unknown("key", unknown, accepted: keys)
    }
    self.members = members
  }

  /// The existing keys, sorted.
  package var keys: [String] { members.keys.sorted() }

  /// Returns a required member.
  package func value(_ key: String) throws -> ConfigurationValue {
    guard let value = members[key] else { throw Diagnostic("lacks the key '\(key)'") }
    return value
  }

  /// Returns a required member of a given type.
  package func callAsFunction<Value: ConfigurationConvertible>(
    _ key: String, _ type: Value.Type = Value.self
  ) throws -> Value {
    let found = try value(key)
    guard let value = Value(configuration: found) else {
      if case .choice = Value.domain { throw Value.domain.refusal(of: found).at(key) }
      throw Self.mustBe(Value.accepted, found).at(key)
    }
    return value
  }

  /// Returns a member that may be absent or null.
  package func optional<Value: ConfigurationConvertible>(
    _ key: String, _ type: Value.Type = Value.self
  ) throws -> Value? {
    guard let found = members[key], found != .null else { return nil }
    return try self(key, type)
  }

  /// Returns the members of a member that must be an object.
  package func object(_ key: String) throws -> [String: ConfigurationValue] {
    let found = try value(key)
    guard case .object(let members) = found else { throw Self.mustBe("an object", found).at(key) }
    return members
  }

  /// Returns the elements of a member that must be a list.
  package func list(_ key: String) throws -> [ConfigurationValue] {
    let found = try value(key)
    guard case .list(let values) = found else { throw Self.mustBe("a list", found).at(key) }
    return values
  }

  private static func mustBe(_ accepted: String, _ found: ConfigurationValue) -> Diagnostic {
    Diagnostic("must be \(accepted), but is \(found.foundWords(limit: 40))")
  }
}
