import DatasetImport
import Foundation
import TestKit
import Testing

@Suite struct TextEncodingTests {
  /// Imports a log in which one cell, or all, are in another encoding.
  private func failure(_ bytes: [UInt8], columns: String = "[place]") throws -> String {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.files = [:]
    try folder.write("", to: "data/log.csv")
    try Data(bytes).write(to: folder["data/log.csv"])
    let schema = try DatasetSchema(yaml: small.yaml, file: "small.yaml")
    return message {
      _ = try DatasetImporter(schema: schema, root: folder["data"]).run(into: folder["cache"])
    }.replacing(folder["data"].path + "/", with: "")
  }

  private func log(with cell: [UInt8], in place: String = ",A,2.5,") -> [UInt8] {
    let parts = SmallImport.csv.split(separator: place, maxSplits: 1)
    return Array(parts[0].utf8) + Array(",".utf8) + cell + Array(",2.5,".utf8)
      + Array(parts[1].utf8)
  }

  @Test(arguments: [
    ([0xd6, 0xd0, 0xce, 0xc4], "GBK", "GBK"),
    (Array("caf".utf8) + [0xe9], "Latin-1 or Windows-1252", "LATIN1"),
    ([0xe9] + Array("t".utf8) + [0xe9], "Latin-1 or Windows-1252", "LATIN1"),
  ])
  func cellsThatAreNotUTF8AreNamed(cell: [UInt8], encoding: String, name: String) throws {
    #expect(
      try failure(log(with: cell))
        == "log.csv:4: column 'place': the text is not UTF-8, but probably \(encoding); convert "
        + "the file, such as with 'iconv -f \(name) -t UTF-8'")
  }

  @Test func columnsThatNobodyAsksForMayBeInAnyEncoding() throws {
    let lines = SmallImport.csv.split(separator: "\n")
    let bytes = lines.enumerated().flatMap { row, line -> [UInt8] in
      Array(line.utf8) + (row == 0 ? Array(",note\n".utf8) : [0x2c, 0xd6, 0xd0, 0x0a])
    }
    #expect(try failure(bytes) == "no error")
  }

  @Test func headersThatAreNotUTF8AreNamed() throws {
    let bytes = Array("user,".utf8) + [0xd6, 0xd0] + Array(SmallImport.csv.dropFirst(10).utf8)
    #expect(
      try failure(bytes).hasPrefix(
        "log.csv:1: column '2 of the header': the text is not UTF-8, but probably GBK"))
  }

  @Test(arguments: [
    (String.Encoding.utf16LittleEndian, [UInt8](), "UTF-16 (little-endian)"),
    (.utf16BigEndian, [], "UTF-16 (big-endian)"), (.utf16LittleEndian, [0xff, 0xfe], "UTF-16"),
    (.utf16BigEndian, [0xfe, 0xff], "UTF-16"), (.utf32LittleEndian, [0xff, 0xfe, 0, 0], "UTF-32"),
  ])
  func wideTextIsNamed(encoding: String.Encoding, mark: [UInt8], name: String) throws {
    let data = try #require(SmallImport.csv.data(using: encoding))
    let tool = name.split(separator: " ")[0]
    #expect(
      try failure(mark + [UInt8](data))
        == "log.csv: the text is not UTF-8, but probably \(name); convert the file, such as with "
        + "'iconv -f \(tool) -t UTF-8'")
  }

  @Test func aMarkOfUTF8IsSkippedAndANulIsText() throws {
    #expect(try failure([0xef, 0xbb, 0xbf] + Array(SmallImport.csv.utf8)) == "no error")
    #expect(try failure(Array(SmallImport.csv.replacing("u3", with: "u\0").utf8)) == "no error")
  }

  @Test func carriageReturnsAloneAreNamed() throws {
    let sentence = try failure(Array(SmallImport.csv.replacing("\n", with: "\r").utf8))
    #expect(sentence.hasPrefix("log.csv:1: the line ends in a carriage return alone"))
    #expect(try failure(Array(SmallImport.csv.replacing("\n", with: "\r\n").utf8)) == "no error")
    let quoted = SmallImport.csv.replacing("click\n", with: "click,\"a\rb\"\n")
      .replacing(/([01])\n/) { "\($0.output.1),x\n" }
    #expect(try failure(Array(quoted.utf8)) == "no error")
  }

  @Test func schemasThatAreNotUTF8AreNamed() throws {
    let folder = try TemporaryFolder()
    try Data(Array("name: small\nsummary: ".utf8) + [0xd6, 0xd0, 0x0a]).write(to: folder["s.yaml"])
    let sentence = message { _ = try DatasetSchema.load(yaml: folder["s.yaml"]) }
    #expect(sentence.contains("s.yaml:2: the text is not UTF-8, but probably GBK"))
    let wide = try #require("name: small\n".data(using: .utf16LittleEndian))
    try wide.write(to: folder["s.yaml"])
    #expect(
      message { _ = try DatasetSchema.load(yaml: folder["s.yaml"]) }.contains(
        "probably UTF-16 (little-endian)"))
    try Data([0xef, 0xbb, 0xbf] + Array(SmallImport().yaml.utf8)).write(to: folder["s.yaml"])
    #expect(try DatasetSchema.load(yaml: folder["s.yaml"]).name == "small")
  }
}
