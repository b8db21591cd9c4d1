import CZlib

/// A gzip member put together part by part, so that each may be wrong.
struct GzipMember {
  /// Besides the deflated data: flags and what they announce.
  struct Header {
    var method: UInt8 = 8
    var flags: UInt8 = 0
    var fields: [UInt8] = []
    var hasChecksum = false
  }

  var header = Header()
  var deflated: [UInt8]
  var checksum: UInt32
  var length: UInt32

  /// Deflates a text; level 0 makes stored blocks.
  init(
    _ text: [UInt8], level: Int32 = 6, strategy: Int32 = Z_DEFAULT_STRATEGY,
    flush: (mode: Int32, every: Int) = (Z_NO_FLUSH, .max)
  ) {
    self.init(
      deflated: Self.deflate(text, level: level, strategy: strategy, flush: flush), of: text)
  }

  /// Takes data that are said to be those of a text.
  init(deflated: [UInt8], of text: [UInt8]) {
    self.deflated = deflated
    checksum = UInt32(crc32(0, text, UInt32(text.count)))
    length = UInt32(text.count)
  }

  var bytes: [UInt8] {
    var head = [0x1f, 0x8b, header.method, header.flags, 1, 2, 3, 4, 0, 255] + header.fields
    if header.hasChecksum {
      head[3] |= 2
      head += Self.bytes(UInt32(crc32(0, head, UInt32(head.count)))).prefix(2)
    }
    return head + deflated + Self.bytes(checksum) + Self.bytes(length)
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func deflate(
    _ text: [UInt8], level: Int32, strategy: Int32, flush: (mode: Int32, every: Int)
  ) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, strategy, ZLIB_VERSION, size)
    defer { deflateEnd(&stream) }
    var source = text
    var result = [UInt8](repeating: 0, count: text.count * 2 + 10_000)
    return source.withUnsafeMutableBufferPointer { source in
      result.withUnsafeMutableBufferPointer { result in
        (stream.next_in, stream.avail_in) = (source.baseAddress, 0)
        (stream.next_out, stream.avail_out) = (result.baseAddress, UInt32(result.count))
        var rest = source.count
        while rest > flush.every {
          stream.avail_in = UInt32(flush.every)
          rest -= flush.every
          CZlib.deflate(&stream, flush.mode)
        }
        stream.avail_in = UInt32(rest)
        CZlib.deflate(&stream, Z_FINISH)
        return Array(result[..<Int(stream.total_out)])
      }
    }
  }
}
