/// A decoder that supplies the settings of a ``HyperparameterSet`` by name to the synthesized
/// `init(from:)`; nested sets get theirs from the same names.
struct SettingDecoder: Decoder {
  let replaced: [String: any AnySetting]
  let defaults: [String: any AnySetting]

  subscript(key: some CodingKey) -> (any AnySetting)? {
    let name = key.stringValue
    return replaced[name] ?? defaults[name]
  }

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(SettingContainer(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Self.isNoValue }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Self.isNoValue }

  static let isNoValue = DecodingError.dataCorrupted(
    .init(codingPath: [], debugDescription: "settings are decoded by name, in sets"))
}

private struct SettingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: SettingDecoder

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { decoder.defaults.keys.compactMap(Key.init(stringValue:)) }

  func contains(_ key: Key) -> Bool { decoder[key] != nil }
  func decodeNil(forKey key: Key) -> Bool { false }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    if let setting = decoder[key] as? Value { return setting }
    let nested = try Value(from: decoder)
    try (nested as? any HyperparameterSet)?.validate()
    return nested
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedDecodingContainer<Nested>
  { decoder.container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder.unkeyedContainer()
  }

  func superDecoder() -> any Decoder { decoder }
  func superDecoder(forKey key: Key) -> any Decoder { decoder }
}

extension Setting: Decodable {
  /// Always fails, since a value alone does not contain its declaration.
  ///
  /// A ``HyperparameterSet`` is created by its `init(overriding:)`, not by a decoder.
  public init(from decoder: any Decoder) throws { throw SettingDecoder.isNoValue }
}
