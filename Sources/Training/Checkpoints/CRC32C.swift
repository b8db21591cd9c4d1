/// The cyclic redundancy check with the Castagnoli polynomial, as TensorBoard's files use it.
///
/// It processes eight bytes at a time with eight tables. The check value of "123456789" is
/// `e3069283`.
struct CRC32C: Equatable {
  private var state: UInt32 = 0xffff_ffff

  init() {}

  init(of bytes: UnsafeRawBufferPointer) { update(bytes) }

  init(of bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The checksum of all bytes so far.
  var value: UInt32 { ~state }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { tables in
      var at = 0
      while at + 8 <= bytes.count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        let mixed = word ^ UInt64(crc)
        crc = 0
        for byte in 0..<8 {
          crc ^= tables[(7 - byte) << 8 | Int(truncatingIfNeeded: mixed >> (8 * byte)) & 0xff]
        }
        at += 8
      }
      while at < bytes.count {
        crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[at])) & 0xff)]
        at += 1
      }
    }
    state = crc
  }

  /// Table `k` at `256 k`: the effect of a byte that is followed by `k` zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      tables[byte] = (0..<8).reduce(UInt32(byte)) { crc, _ in
        crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1
      }
    }
    for at in 256..<8 * 256 {
      let shorter = tables[at - 256]
      tables[at] = shorter >> 8 ^ tables[Int(shorter & 0xff)]
    }
    return tables
  }()
}
