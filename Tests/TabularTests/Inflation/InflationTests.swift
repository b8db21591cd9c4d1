import TestKit
import Testing

// Internal: ISAL, ISALInflation, PieceBuffer.
@testable import Tabular

/// What every way to inflate does; without ISA-L that of zlib alone.
@Suite struct ZlibInflationTests {
  @Test(arguments: InflationCase.right + InflationCase.wrong)
  func inflates(_ example: InflationCase) throws {
    try checkInflation(example, by: nil)
  }

  @Test func endsWhereTheFileIsCutOff() throws { try checkTruncation(by: nil) }
}

@Suite(.needsISAL) struct ISALInflationTests {
  private func isal() throws -> ISAL { try #require(try ISAL.shared.get()) }

  @Test(arguments: InflationCase.right + InflationCase.wrong)
  func inflates(_ example: InflationCase) throws {
    try checkInflation(example, by: isal())
  }

  @Test func endsWhereTheFileIsCutOff() throws { try checkTruncation(by: isal()) }

  /// What is right is not left to zlib, but for headers with checksums.
  @Test(arguments: InflationCase.right.filter { !$0.name.hasSuffix("with checksum") })
  func inflatesWhatIsRightItself(_ example: InflationCase) throws {
    for (inputPiece, block) in [(12, 70_001), (1000, 999), (4096, 32_768), (1 << 18, 258)] {
      var rest = example.file[...]
      let input = PieceBuffer(capacity: inputPiece) { (target, count) in
        let piece = rest.prefix(count)
        for (index, byte) in piece.enumerated() { target[index] = byte }
        rest = rest.dropFirst(count)
        return piece.count
      }
      let inflation = ISALInflation(of: input, by: try isal(), blockSize: block)
      var (bytes, piece) = ([UInt8](), [UInt8](repeating: 0, count: 5003))
      while case let count = try inflation.read(into: &piece, count: piece.count), count > 0 {
        bytes += piece[..<count]
      }
      #expect(bytes == example.result.bytes, "pieces of \(inputPiece), blocks of \(block)")
    }
  }

  @Test func everyFlippedBitOfASmallFileGivesWhatZlibGives() throws {
    let member = GzipMember(InflationCase.few).bytes
    try checkFlippedBits(0..<member.count * 8, of: member)
  }

  @Test func flippedBitsOfADynamicBlockGiveWhatZlibGives() throws {
    let member = GzipMember(Array(InflationCase.rows[..<700])).bytes
    try checkFlippedBits((0..<member.count).map { $0 * 8 + $0 % 8 }, of: member)
  }

  @Test func flippedBitsOfALargeFileGiveWhatZlibGives() throws {
    let folder = try TemporaryFolder()
    let file = GzipMember(InflationCase.rows).bytes
    for place in stride(from: 0, to: file.count, by: file.count / 150) {
      var damaged = file
      damaged[place] ^= 1 << (place % 8)
      for pieces in [4097, 1 << 19] {
        let expected = try Inflated.read(damaged, by: nil, pieces: pieces, in: folder)
        let result = try Inflated.read(damaged, by: isal(), pieces: pieces, in: folder)
        #expect(result == expected, "byte \(place), pieces of \(pieces)")
      }
    }
  }

  private func checkFlippedBits(_ bits: some Sequence<Int>, of member: [UInt8]) throws {
    let folder = try TemporaryFolder()
    for bit in bits {
      var file = member + GzipMember(InflationCase.few).bytes
      file[bit / 8] ^= 1 << (bit % 8)
      let expected = try Inflated.read(file, by: nil, pieces: 4096, in: folder)
      let result = try Inflated.read(file, by: isal(), pieces: 4096, in: folder)
      #expect(result == expected, "bit \(bit)")
    }
  }
}

private func checkInflation(_ example: InflationCase, by isal: ISAL?) throws {
  let folder = try TemporaryFolder()
  for pieces in [1 << 19, 65_537, 32_768, 997] {
    let result = try Inflated.read(example.file, by: isal, pieces: pieces, in: folder)
    if example.result.sentence != nil {
      #expect(result.sentence == example.result.sentence, "pieces of \(pieces)")
    } else {
      #expect(result == example.result, "pieces of \(pieces)")
    }
  }
}

private func checkTruncation(by isal: ISAL?) throws {
  let folder = try TemporaryFolder()
  let text = Array(InflationCase.rows[..<700])
  let (first, second) = (GzipMember(text).bytes, GzipMember(InflationCase.few).bytes)
  let (file, whole) = (first + second, text + InflationCase.few)
  for count in 2...file.count {
    let result = try Inflated.read(Array(file[..<count]), by: isal, pieces: 4096, in: folder)
    let isWhole = [first.count, file.count].contains(count)
    let sentence =
      count == first.count + 1
      ? "FILE: is damaged: after byte \(first.count) something follows that is no gzip member"
      : isWhole ? nil : "FILE: is truncated: the compressed data end too early"
    #expect(result.sentence == sentence, "\(count) bytes")
    #expect(result.bytes == Array(whole.prefix(result.bytes.count)), "\(count) bytes")
    if isWhole { #expect(result.bytes == (count == file.count ? whole : text)) }
  }
}
