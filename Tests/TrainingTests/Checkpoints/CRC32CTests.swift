import Testing

// Internal: CRC32C.
@testable import Training

@Suite struct CRC32CTests {
  @Test func hasTheCheckValueOfTheStandard() {
    #expect(CRC32C(of: Array("123456789".utf8)).value == 0xe306_9283)
    #expect(CRC32C(of: [UInt8](repeating: 0, count: 32)).value == 0x8a91_36aa)
    #expect(CRC32C(of: []).value == 0)
  }

  @Test func doesNotDependOnThePieces() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for split in [0, 1, 8, 500, 999] {
      var checksum = CRC32C()
      bytes[..<split].withUnsafeBytes { checksum.update($0) }
      bytes[split...].withUnsafeBytes { checksum.update($0) }
      #expect(checksum == CRC32C(of: bytes))
    }
  }
}
