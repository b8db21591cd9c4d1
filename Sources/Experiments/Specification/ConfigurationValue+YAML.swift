import Configuration

extension ConfigurationValue {
  /// Reads a value from YAML, such as `0.1`, `true` or `[64, 32]`.
  ///
  /// - Throws: ``ConfigurationError`` where the text is not YAML.
  public init(yaml text: String) throws {
    self = try SpecificationNode(yaml: text, file: "'\(excerpt(text))'").value()
  }
}
