import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import TestKit
import Testing

// Internal: TarHeader and BundleManifest, with which bundles are made that the exporter never makes.
@testable import RunExports

@Suite struct BundleFailureTests {
  private let fixture: ExportFixture
  private let other: RunStore

  init() throws {
    fixture = try ExportFixture()
    other = RunStore(at: fixture["other"])
  }

  /// Returns the sentence of the import of an archive, and checks that it left nothing.
  private func refusal(_ path: String) throws -> String {
    let before = try? FileManager.default.subpathsOfDirectory(atPath: other.path)
    let text = message { _ = try BundleImport(of: try RunBundle(at: path), into: other).perform() }
    #expect(text != "no error")
    #expect((try? FileManager.default.subpathsOfDirectory(atPath: other.path)) == before)
    return text
  }

  /// Makes an archive with right digests of files whatever they are.
  private func archive(_ files: [(name: String, text: String)]) throws -> String {
    let manifest = BundleManifest(
      files: files.map {
        .init(name: $0.name, byteCount: $0.text.utf8.count, digest: Digest(of: $0.text).description)
      })
    return try archive(manifest.text, files)
  }

  private func archive(_ manifest: String, _ files: [(name: String, text: String)]) throws
    -> String
  {
    var data: [UInt8] = []
    for (name, text) in [("manifest.json", manifest)] + files {
      let header = try TarHeader(name: name, byteCount: text.utf8.count)
      data += header.bytes + text.utf8 + [UInt8](repeating: 0, count: header.paddingCount)
    }
    let path = fixture["made.tar"]
    try Data(data + TarHeader.end).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// The files of a run.
  private func files(of configuration: RunConfiguration, _ outcome: RunOutcome? = nil) -> [(
    name: String, text: String
  )] {
    let outcome = outcome ?? .done(fakeRecord(configuration))
    return [
      ("runs/\(configuration.id)/configuration.json", configuration.value.canonicalJSON + "\n"),
      ("runs/\(configuration.id)/record.json", outcome.value.canonicalJSON + "\n"),
    ]
  }

  @Test func anyChangedByteIsRefused() throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar", weights: true)
    let original = [UInt8](try bytes(path))
    let changed = fixture["changed.tar"]
    // Every 97th byte, which is in all files and headers, and the last ones.
    for index in Array(stride(from: 0, to: original.count, by: 97)) + [original.count - 1] {
      var bytes = original
      bytes[index] ^= 4
      try Data(bytes).write(to: URL(fileURLWithPath: changed))
      let text = message { _ = try RunBundle(at: changed) }
      #expect(text.hasPrefix(changed + ": "), "byte \(index): \(text)")
    }
  }

  @Test func aTruncatedOrExtendedArchiveIsRefused() throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar")
    let original = try bytes(path)
    let changed = fixture["changed.tar"]
    for count in [0, 100, 512, 700, 5000, original.count - 1025, original.count - 1] {
      try original.prefix(count).write(to: URL(fileURLWithPath: changed))
      #expect(try refusal(changed).hasPrefix(changed + ": "), "\(count) bytes")
    }
    try (original + Data(count: 512)).write(to: URL(fileURLWithPath: changed))
    #expect(try refusal(changed) == "\(changed): has more than its manifest lists")
    #expect(try refusal(fixture["nowhere.tar"]).contains("No such file"))
    #expect(try refusal(fixture.fake.folder.path).contains("is not a file"))
  }

  @Test(arguments: [
    "../escape.json", "/etc/passwd", "runs/../../x", "runs/0123/record.json", "runs",
    "runs/00000000000000000000000000000000/../x", "runs/00000000000000000000000000000000/lock",
    "runs/0000000000000000000000000000000G/record.json", "manifest.json", "notes.txt",
    "runs/00000000000000000000000000000000/record.json/x", "runs//record.json",
  ])
  func namesThatNoBundleHasAreRefused(name: String) throws {
    let text = try refusal(try archive([(name, "x")]))
    #expect(
      text.contains("is not a file that a bundle can have") || text.contains("is listed twice"),
      "\(text)")
  }

  @Test func filesMustBeThoseOfTheManifest() throws {
    let own = files(of: FakeStore.configuration())
    let manifest = BundleManifest(
      files: own.map {
        .init(name: $0.name, byteCount: $0.text.utf8.count, digest: Digest(of: $0.text).description)
      }
    ).text
    #expect(try refusal(try archive(manifest, [own[0]])).contains("lacks '\(own[1].name)'"))
    #expect(
      try refusal(try archive(manifest, own + own)).contains("has more than its manifest lists"))
    #expect(try refusal(try archive(manifest, own.reversed())).contains("where its manifest lists"))
    var longer = own
    longer[1].text += " "
    #expect(try refusal(try archive(manifest, longer)).contains("bytes of '\(own[1].name)'"))
    var changed = own
    changed[1].text = changed[1].text.replacing("click", with: "clack")
    #expect(
      try refusal(try archive(manifest, changed)).contains("does not have the digest"))
    #expect(
      try refusal(try archive(manifest.replacing(",\"version\":1", with: ",\"version\":2"), own))
        .contains("is of version 2"))
    #expect(
      try refusal(try archive(manifest.replacing("{\"files\"", with: "{ \"files\""), own))
        .contains("was changed by hand"))
  }

  @Test func runsMustBeWhatTheirIDsSay() throws {
    let (one, two) = (FakeStore.configuration(seed: 1), FakeStore.configuration(seed: 2))
    let (first, second) = (files(of: one), files(of: two))
    #expect(
      try refusal(try archive([(first[0].name, second[0].text), first[1]]))
        .contains("is of the run \(two.id)"))
    #expect(
      try refusal(try archive([first[0], (first[1].name, second[1].text)])).contains("another run"))
    #expect(try refusal(try archive([first[0]])).contains("needs record.json, failure.json or"))
    #expect(try refusal(try archive([first[1]])).contains("configuration.json: is missing"))
    let tampered = first[1].text.replacing("\"seed\":1", with: "\"seed\":2")
    #expect(try refusal(try archive([first[0], (first[1].name, tampered)])).contains("by hand"))
    let failure = RunOutcome.failed(
      RunFailure(configuration: one, message: "no", provenance: fakeProvenance))
    #expect(
      try refusal(try archive(files(of: one, failure))).contains("record.json: is of another run"))
  }

  @Test func curvesWeightsAndResultsMustBeOfTheRun() throws {
    let one = FakeStore.configuration(seed: 1)
    let own = files(of: one)
    #expect(
      try refusal(try archive(own + [("runs/\(one.id)/curves.jsonl", "{}\n")]))
        .contains("curves.jsonl: lacks the key"))
    #expect(
      try refusal(try archive(own + [("runs/\(one.id)/weights.safetensors", "nothing")]))
        .contains("runs/\(one.id)/weights.safetensors: is not a safetensors file"))
    var other = fakeRecord(one)
    other.parameterCount = 3
    let line = Results.Line(row: "A", purpose: .result, trial: 0, outcome: .done(other))
    #expect(
      try refusal(try archive([("runs.jsonl", Results(lines: [line]).jsonLines)] + own))
        .contains("runs.jsonl: has another record"))
  }

  @Test func otherSemanticsAreRefusedByAStore() throws {
    let old = FakeStore.configuration(semantics: 1)
    let text = try refusal(try archive(files(of: old)))
    #expect(text.contains("has semantics 1") && text.contains("--results"))
    let later = files(of: FakeStore.configuration(semantics: 99))
    #expect(try refusal(try archive(later)).contains("made by a later version"))
  }

  @Test func aRunThatTheStoreHasOtherwiseIsRefused() throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar")
    let configuration = fixture.configurations[0]
    let directory = try other.prepare(configuration)
    #expect(try refusal(path).contains("already holds the run, which is incomplete"))
    var record = fakeRecord(configuration)
    record.timing.rowsPerSecond += 1
    func write(_ record: RunRecord) throws {
      try Data(RunOutcome.done(record).value.canonicalJSON.utf8)
        .write(to: URL(fileURLWithPath: directory.recordPath))
    }
    try write(record)
    #expect(try refusal(path).contains("with other times or another machine"))
    record.course.bestStep = 1
    try write(record)
    #expect(try refusal(path).contains("with another course"))
    record.test = fakeRecord(fixture.configurations[1]).test
    try write(record)
    #expect(try refusal(path).contains("with other metrics"))
    try Data("{".utf8).write(to: URL(fileURLWithPath: directory.recordPath))
    #expect(try refusal(path).contains("is damaged"))
    try write(fakeRecord(configuration))
    #expect(throws: Never.self) {
      _ = try BundleImport(of: try RunBundle(at: path), into: other).perform()
    }
  }

  @Test func whatIsInTheWayOfARunIsNamed() throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar")
    try fixture.fake.folder.write("x", to: "other/\(fixture.configurations[0].id)/file")
    #expect(try refusal(path).contains("is in the way"))
  }

  /// Whatever an import that was killed has left is removed by the next.
  @Test func theRestOfAKilledImportIsRemoved() throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar")
    let rest = "other/.aesm2-partial-0123456789abcdef"
    try fixture.fake.folder.write("half", to: "\(rest)/\(fixture.configurations[0].id)/record.json")
    #expect(
      try BundleImport(of: try RunBundle(at: path), into: other).perform()
        == .init(added: 4, skipped: 0))
    #expect(!FileManager.default.fileExists(atPath: fixture[rest]))
  }
}
