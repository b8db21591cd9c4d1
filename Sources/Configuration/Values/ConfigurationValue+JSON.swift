extension ConfigurationValue {
  /// Creates a value from JSON text (RFC 8259).
  ///
  /// A number without fraction and exponent is an integer where it fits one. Reading what
  /// ``canonicalJSON`` wrote gives an equal text again.
  ///
  /// - Throws: ``Diagnostic`` that names the character where reading stopped.
  public init(json text: String) throws {
    self = try JSONReader.read(text) { try $0.value() }
  }

  /// The value of a member, or nil if there is none or this is no object.
  public subscript(_ key: String) -> ConfigurationValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }
}
