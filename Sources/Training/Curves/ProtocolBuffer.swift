/// A message in the protocol buffer wire format, as far as TensorBoard's events need it.
///
/// Each function appends one field: its number and type, then the value.
package struct ProtocolBuffer {
  /// The encoded fields so far.
  package private(set) var bytes: [UInt8] = []

  /// Creates a message without fields.
  package init() {}

  /// Appends a whole number or an enumeration.
  package mutating func append(_ field: Int, varint value: UInt64) {
    appendKey(field, wireType: 0)
    appendVarint(value)
  }

  /// Appends a 64-bit number.
  package mutating func append(_ field: Int, double value: Double) {
    appendKey(field, wireType: 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  /// Appends a 32-bit number.
  package mutating func append(_ field: Int, float value: Float) {
    appendKey(field, wireType: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  /// Appends a text.
  package mutating func append(_ field: Int, text: String) {
    append(field, bytes: Array(text.utf8))
  }

  /// Appends a message.
  package mutating func append(_ field: Int, message: ProtocolBuffer) {
    append(field, bytes: message.bytes)
  }

  /// Appends a list of 64-bit numbers as one packed field.
  package mutating func append(_ field: Int, doubles values: [Double]) {
    append(
      field, bytes: values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
  }

  /// Appends bytes.
  package mutating func append(_ field: Int, bytes content: [UInt8]) {
    appendKey(field, wireType: 2)
    appendVarint(UInt64(content.count))
    bytes += content
  }

  private mutating func appendKey(_ field: Int, wireType: UInt64) {
    appendVarint(UInt64(field) << 3 | wireType)
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
