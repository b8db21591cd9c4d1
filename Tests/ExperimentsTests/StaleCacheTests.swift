import DatasetImport
import Datasets
import Experiments
import Foundation
import SyntheticData
import TestKit
import Testing

/// A cache is used only as long as it is what the specification says.
@Suite struct StaleCacheTests {
  private let folder: TemporaryFolder
  private static let schema = """
    name: small   # a comment
    sources: [{file: log.csv}]
    scenarios: [place]
    tasks: [click]
    split: {test: {where: {column: day, atLeast: 7}}, validation: {where: {column: day, atLeast: 6}}}
    features: {categorical: [user], numerical: [price]}
    """
  private static let csv =
    "user,place,price,day,click\n"
    + (0..<40).map { row in
      "u\(row % 10),\(row % 3 == 0 ? "B" : "A"),\(row).5,\(row / 5 + 1),\(row % 4 == 0 ? 1 : 0)\n"
    }.joined()

  init() throws {
    folder = try TemporaryFolder()
    try write(Self.schema, to: "schema.yaml")
    try write(Self.csv, to: "data/log.csv")
  }

  private func write(_ text: String, to name: String) throws {
    let url = URL(fileURLWithPath: folder.path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// Opens the data set; returns the notes, or throws.
  @discardableResult
  private func open(each: [EachValue] = []) throws -> [String] {
    var notes: [String] = []
    let source = DatasetSource(
      cache: "cache", origin: .files(schema: "schema.yaml", folder: "data", each: each))
    _ = try source.open(relativeTo: folder.path, note: { notes.append($0) })
    return notes.map { $0.replacing(folder.path, with: "HERE") }
  }

  private func refusal(each: [EachValue] = []) -> String {
    do {
      let notes = try open(each: each)
      return "no error, \(notes)"
    } catch { return "\(error)".replacing(folder.path, with: "HERE") }
  }

  private static let cure =
    "; to import again: aesm2 data import HERE/schema.yaml --files HERE/data --output HERE/cache"

  @Test func anUnchangedCacheIsUsed() throws {
    #expect(try open() == [])
    #expect(try open() == [])
  }

  @Test func aCacheOfOtherValuesIsRefused() throws {
    let each = [EachValue(name: "place", value: "A")]
    #expect(try open(each: each) == [])
    #expect(try open(each: each) == [])
    #expect(refusal().hasSuffix(Self.cure) && refusal().contains("place=A"))
    #expect(
      refusal(each: [EachValue(name: "place", value: "B")]).hasSuffix(Self.cure + " --each place=B")
    )
  }

  @Test func anotherLayoutOfTheSchemaIsTheSameSchema() throws {
    try open()
    try write(
      Self.schema.replacing("   # a comment", with: "\nsummary: words")
        .replacing("tasks: [click]", with: "tasks:\n  - click"), to: "schema.yaml")
    #expect(try open() == [])
  }

  @Test func anEditedSchemaIsRefused() throws {
    try open()
    try write(Self.schema.replacing("[user]", with: "[user, place]"), to: "schema.yaml")
    #expect(
      refusal()
        == "HERE/cache does not fit the specification: its schema was another one" + Self.cure)
  }

  @Test func aChangedFileIsRefused() throws {
    try open()
    try write(Self.csv.replacing(",1\n", with: ",0\n"), to: "data/log.csv")
    #expect(
      refusal() == "HERE/cache does not fit the specification: HERE/data/log.csv has changed since"
        + Self.cure)
    try write(Self.csv + "u1,A,3.5,8,1\n", to: "data/log.csv")
    #expect(refusal().contains("HERE/data/log.csv has changed since"))
  }

  @Test func aCopyWithAnotherTimeIsAccepted() throws {
    try open()
    try write(Self.csv, to: "data/log.csv")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000)],
      ofItemAtPath: folder.path + "/data/log.csv")
    #expect(try open() == [])
  }

  @Test func filesThatWereMovedAwayAreOnlyNoted() throws {
    try open()
    try FileManager.default.removeItem(atPath: folder.path + "/data")
    let notes = try open()
    #expect(notes.count == 1)
    #expect(notes[0].hasPrefix("the files of HERE/cache cannot be compared with it: "), "\(notes)")
    try FileManager.default.removeItem(atPath: folder.path + "/schema.yaml")
    #expect(try open() == ["HERE/schema.yaml is not there to be compared with HERE/cache"])
  }

  @Test func aSyntheticCacheIsNotTakenForAnImport() throws {
    let recipe = try SyntheticRecipe.named(
      "entrance-card", overriding: ["ctrMultiplier": .integer(4), "ctcvrMultiplier": .integer(5)])
    _ = try recipe.generate(into: URL(fileURLWithPath: folder.path + "/cache"), rows: 24_000)
    #expect(
      refusal()
        == "HERE/cache does not fit the specification: it was not imported from files" + Self.cure)
  }

  @Test func aTwinOfAnotherSeedIsRefusedAndAnySeedIsOne() throws {
    func open(seed: Int) throws -> Dataset {
      try DatasetSource(
        cache: "twin",
        origin: .synthetic(
          recipe: "entrance-card",
          settings: ["ctrMultiplier": .integer(4), "ctcvrMultiplier": .integer(5)], rows: 24_000,
          seed: seed)
      ).open(relativeTo: folder.path)
    }
    let made = try open(seed: -1)
    #expect(made.manifest.provenance["seed"] == "18446744073709551615")
    #expect(try open(seed: -1).fingerprint == made.fingerprint)
    #expect(
      message { _ = try open(seed: 1) }.hasSuffix(
        "/twin was made with seed 18446744073709551615, but the specification says 1; delete the "
          + "folder or name another"))
  }
}
