import CZlib

extension ISAL {
  /// Whether members that zlib deflated inflate to what they were made of, and whether damage and a
  /// missing end are noticed.
  ///
  /// This checks that the library's state is laid out as declared here.
  var inflatesAsZlib: Bool {
    let text = Self.trialText
    guard let member = Self.deflated(text) else { return false }
    var damaged = member
    damaged[member.count - 8] ^= 1
    return inflated(member + member) == text + text && inflated(damaged) == nil
      && inflated(Array(member.dropLast(9))) == nil
  }

  /// Inflates bytes in small pieces; nil where they are left to zlib.
  private func inflated(_ bytes: [UInt8]) -> [UInt8]? {
    var rest = bytes[...]
    let input = PieceBuffer(capacity: 1009) { (target, count) in
      let piece = rest.prefix(count)
      for (index, byte) in piece.enumerated() { target[index] = byte }
      rest = rest.dropFirst(count)
      return piece.count
    }
    let inflation = ISALInflation(of: input, by: self, blockSize: 30_011)
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while let count = try? inflation.read(into: &piece, count: piece.count) {
      if count == 0 { return result }
      result += piece[..<count]
    }
    return nil
  }

  /// Rows of numbers, more than the library keeps of a stream.
  private static var trialText: [UInt8] {
    var number: UInt32 = 1
    return (0..<100_000).map { index in
      number = number &* 1_664_525 &+ 1_013_904_223
      return index % 7 == 6 ? UInt8(ascii: ",") : UInt8(ascii: "0") + UInt8(number >> 28 & 7)
    }
  }

  /// Returns one gzip member; nil where there is no memory.
  private static func deflated(_ text: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    let (gzip, memory, size): (Int32, Int32, Int) = (16 + MAX_WBITS, 8, MemoryLayout<z_stream>.size)
    guard
      deflateInit2_(
        &stream, 1, Z_DEFLATED, gzip, memory, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var (source, result) = (text, [UInt8](repeating: 0, count: text.count + 1000))
    return source.withUnsafeMutableBufferPointer { source in
      result.withUnsafeMutableBufferPointer { result in
        (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
        (stream.next_out, stream.avail_out) = (result.baseAddress, UInt32(result.count))
        guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
        return Array(result[..<Int(stream.total_out)])
      }
    }
  }
}
