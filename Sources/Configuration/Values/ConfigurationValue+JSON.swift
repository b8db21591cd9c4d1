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

  /// The value of a member, or nil if there is none or this is not an object.
  public subscript(_ key: String) -> ConfigurationValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }
}
