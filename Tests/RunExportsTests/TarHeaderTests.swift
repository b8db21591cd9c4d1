import Foundation
import TestKit
import Testing

// Internal: TarHeader, the form of an archive's members.
@testable import RunExports

@Suite struct TarHeaderTests {
  @Test(arguments: [0, 1, 511, 512, 513, (1 << 33) - 1])
  func survivesBeingWrittenAndRead(byteCount: Int) throws {
    let header = try TarHeader(name: "runs/0123/record.json", byteCount: byteCount)
    #expect(try TarHeader(header.bytes) == header)
    #expect((byteCount + header.paddingCount) % 512 == 0 && header.paddingCount < 512)
  }

  @Test func anyChangedByteIsRefused() throws {
    let bytes = try TarHeader(name: "manifest.json", byteCount: 1234).bytes
    for index in bytes.indices {
      for flip: UInt8 in [1, 0x80] {
        var changed = bytes
        changed[index] ^= flip
        #expect(throws: (any Error).self, "byte \(index)") { _ = try TarHeader(changed) }
      }
    }
  }

  @Test func linksAndFoldersAreRefused() throws {
    var bytes = try TarHeader(name: "runs", byteCount: 0).bytes
    for kind in "1256xg" {
      bytes[156] = kind.asciiValue ?? 0
      let text = try #require(sentence { _ = try TarHeader(bytes) })
      #expect(text.contains("not a regular file"))
    }
  }

  @Test func zerosAreTheEnd() throws {
    #expect(try TarHeader([UInt8](repeating: 0, count: 512)) == nil)
  }

  @Test func aFileTooLargeForTheFormatIsNamed() throws {
    #expect(
      sentence { _ = try TarHeader(name: "w", byteCount: 1 << 33) }?.contains("8 GiB") == true)
  }
}
