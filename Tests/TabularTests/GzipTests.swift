import CZlib
import Foundation
import Tabular
import TestKit
import Testing

@Suite struct GzipTests {
  private let text = "a,b\n" + (0..<20_000).map { "\($0),\($0 &* 2_654_435_761 % 1000)\n" }.joined()

  /// Returns the text as gzip.
  private func compressed(_ folder: TemporaryFolder) throws -> Data {
    let file = folder["t.gz"]
    let handle = try #require(gzopen(file.path, "wb"))
    let bytes = Array(text.utf8)
    #expect(gzwrite(handle, bytes, UInt32(bytes.count)) == Int32(bytes.count))
    gzclose(handle)
    return try Data(contentsOf: file)
  }

  private func rowCount(_ data: Data, _ folder: TemporaryFolder) throws -> Int {
    let file = folder["u.csv.gz"]
    try data.write(to: file)
    let reader = try CSVReader(path: file.path, format: CSVFormat())
    var count = 0
    while let chunk = try reader.next() { count += try reader.cells(of: chunk).rowCount }
    return count
  }

  @Test func compressedFilesAreReadThrough() throws {
    let folder = try TemporaryFolder()
    let data = try compressed(folder)
    #expect(try rowCount(data, folder) == 20_000)
    #expect(try rowCount(Data(text.utf8), folder) == 20_000)
  }

  @Test func membersOneAfterTheOtherAreOneText() throws {
    let folder = try TemporaryFolder()
    let data = try compressed(folder)
    #expect(try rowCount(data + data, folder) == 40_001)
  }

  @Test func paddingIsNotDamage() throws {
    let folder = try TemporaryFolder()
    let data = try compressed(folder)
    #expect(try rowCount(data + data + Data(count: 10_240), folder) == 40_001)
  }

  @Test(arguments: [[0], [0x1f], Array("row\n".utf8)] as [[UInt8]])
  func rowsAfterSomethingElseAreNotLostInSilence(stray: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let data = try compressed(folder)
    let sentence = message { _ = try rowCount(data + Data(stray) + data, folder) }
    #expect(
      sentence
        == "\(folder["u.csv.gz"].path): is damaged: after byte \(data.count) something follows that "
        + "is no gzip member")
  }

  #if os(Linux)
    @Test(arguments: [false, true]) func pipesAreReadThrough(isCompressed: Bool) throws {
      let folder = try TemporaryFolder()
      let data = isCompressed ? try compressed(folder) : Data(text.utf8)
      let path = folder["pipe"].path
      #expect(mkfifo(path, 0o600) == 0)
      let writer = Thread {
        try? FileHandle(forWritingAtPath: path)?.write(contentsOf: data)
      }
      writer.start()
      let reader = try CSVReader(path: path, format: CSVFormat())
      var count = 0
      while let chunk = try reader.next() { count += try reader.cells(of: chunk).rowCount }
      #expect(count == 20_000)
    }
  #endif

  @Test(arguments: [0.3, 0.9, 0.9999])
  func truncatedFileIsAnError(share: Double) throws {
    let folder = try TemporaryFolder()
    let data = try compressed(folder)
    let sentence = message {
      _ = try rowCount(data.prefix(Int(Double(data.count) * share)), folder)
    }
    #expect(
      sentence == "\(folder["u.csv.gz"].path): is truncated: the compressed data end too early")
  }

  @Test func damagedFileIsAnError() throws {
    let folder = try TemporaryFolder()
    var data = try compressed(folder)
    for index in data.count / 2..<data.count / 2 + 200 { data[index] ^= 0xff }
    let sentence = message { _ = try rowCount(data, folder) }
    #expect(sentence.contains("u.csv.gz: is damaged: it cannot be decompressed ("))
  }
}
