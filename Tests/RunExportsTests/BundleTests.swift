import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import RunExports
import TestKit
import Testing

@Suite struct BundleTests {
  private let fixture: ExportFixture
  private let other: RunStore

  init() throws {
    fixture = try ExportFixture()
    other = RunStore(at: fixture["other"])
  }

  /// Imports a bundle and returns the numbers of runs that were added and skipped.
  private func importing(_ path: String) throws -> [Int] {
    let summary = try BundleImport(of: try RunBundle(at: path), into: other).perform()
    return [summary.added, summary.skipped]
  }

  @Test(arguments: [false, true])
  func anotherStoreGetsTheSameRuns(weights: Bool) throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar", weights: weights)
    #expect(try importing(path) == [4, 0])
    let (own, copies) = (try fixture.runs, try RunCollection(contentsOf: [other.path]).runs)
    #expect(copies.map(\.id) == own.map(\.id))
    #expect(copies.map(\.outcome) == own.map(\.outcome))
    #expect(copies.map(\.state) == own.map(\.state))
    for (run, copy) in zip(own, copies) {
      for file in [\RunDirectory.recordPath, \.failurePath, \.curvesPath, \.configurationPath] {
        let (first, second) = (run.file(file), copy.file(file))
        #expect((first == nil) == (second == nil))
        if let first, let second { #expect(try bytes(first) == bytes(second)) }
      }
      let hasWeights = weights && run.id == fixture.configurations[0].id
      #expect((copy.file(\.weightsPath) != nil) == hasWeights)
    }
    // Nothing else is left in the store.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: other.path).count == own.count)
  }

  @Test func runsThatAreThereAlreadyAreSkipped() throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar")
    _ = try importing(path)
    let id = fixture.configurations[1].id
    try FileManager.default.removeItem(atPath: other.directory(id).path)
    #expect(try importing(path) == [1, 3])
    #expect(try importing(path) == [0, 4])
  }

  @Test func theDigestIsThatOfTheManifestAndIsVerified() throws {
    let request = ExportRequest(runs: try fixture.runs, destination: fixture["runs.tar"])
    let summary = try BundleExporter.export(request)
    let digest = try RunBundle(at: fixture["runs.tar"]).digest
    #expect(summary.notes == ["digest of the bundle: \(digest)"])
    #expect(throws: Never.self) {
      _ = try RunBundle(at: fixture["runs.tar"], digest: digest.uppercased())
    }
    let wrong = String(digest.reversed())
    #expect(
      sentence { _ = try RunBundle(at: fixture["runs.tar"], digest: wrong) }
        == "\(fixture["runs.tar"]): has the digest \(digest), not \(wrong)")
  }

  /// Other programs can unpack it, and its digests are those of `sha256sum`.
  @Test func tarUnpacksItAndSha256sumAgrees() throws {
    let path = try fixture.export(BundleExporter.self, to: "runs.tar", weights: true)
    let folder = fixture["unpacked"]
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let output = try shell(
      "tar -xf '\(path)' -C '\(folder)' && cd '\(folder)' && sha256sum manifest.json $(find runs -type f)"
    )
    let digests = Dictionary(
      uniqueKeysWithValues: output.split(separator: "\n").map { line in
        let parts = line.split(separator: " ")
        return (String(parts[1]), String(parts[0]))
      })
    #expect(digests["manifest.json"] == (try RunBundle(at: path).digest))
    let manifest = try ConfigurationValue(
      json: String(decoding: try bytes(folder + "/manifest.json"), as: UTF8.self))
    guard case .list(let files)? = manifest["files"] else { throw Diagnostic("no files") }
    #expect(files.count == digests.count - 1)
    for file in files {
      let name = try #require(file["name"].flatMap(String.init(configuration:)))
      #expect(file["sha256"] == digests[name].map { .string($0) })
    }
  }

  @Test(arguments: committedTables)
  func theTableOfABundleIsThatOfItsResults(name: String) throws {
    let runs = try RunCollection(contentsOf: [committed(name)]).runs
    let path = fixture["table.tar"]
    let text = "id: something\n"
    _ = try BundleExporter.export(
      ExportRequest(runs: runs, destination: path, specification: text))
    let bundle = try RunBundle(at: path)
    #expect(bundle.runCount == runs.count)
    #expect(
      try bundle.writeResults(to: fixture["results"]) == ["specification.yaml", "runs.jsonl"])
    #expect(try bytes(fixture["results/runs.jsonl"]) == bytes(committed(name) + "/runs.jsonl"))
    #expect(try bytes(fixture["results/specification.yaml"]) == Data(text.utf8))
    // A second time changes nothing; other content is not overwritten.
    #expect(throws: Never.self) { _ = try bundle.writeResults(to: fixture["results"]) }
    try fixture.fake.folder.write("mine", to: "results/runs.jsonl")
    #expect(
      sentence { _ = try bundle.writeResults(to: fixture["results"]) }
        == "\(fixture["results/runs.jsonl"]): already exists with other content")
  }

  /// Trials that were not trained to their end are in the results; what a paused run has reached
  /// goes to the other store.
  @Test func prunedAndExcludedTrialsAreKept() throws {
    let (paused, excluded) = (FakeStore.configuration(seed: 7), FakeStore.configuration(seed: 8))
    let pause = RunPause(
      configuration: paused, epochs: 1, steps: 50, parameterCount: 3, validationScore: [0.7],
      provenance: fakeProvenance)
    let lines = [
      RunOutcome.done(fakeRecord(fixture.configurations[0])), .pruned(pause),
      .excluded(RunExclusion(configuration: excluded, reason: "has 9 parameters")),
    ].enumerated().map {
      Results.Line(row: "A", purpose: .search, trial: $0, outcome: $1)
    }
    let text = Results(lines: lines).jsonLines
    let source = try fixture.fake.folder.write(text, to: "search.jsonl").path
    let runs = try RunCollection(contentsOf: [source]).runs
    #expect(runs.map(\.state) == [.done, .pruned, .excluded])
    #expect(try runs[1].course().map(\.step) == [50] && runs[2].course().isEmpty)
    for exporter in exporterCatalog where exporter.id != MLflowExporter.id {
      let request = ExportRequest(runs: runs, destination: fixture[exporter.id])
      #expect(try exporter.export(request).written == 3)
    }
    let bundle = try RunBundle(at: fixture["bundle"])
    #expect(bundle.runCount == 2)
    #expect(try bundle.writeResults(to: fixture["results"]) == ["runs.jsonl"])
    #expect(try bytes(fixture["results/runs.jsonl"]) == Data(text.utf8))
    #expect(try importing(fixture["bundle"]) == [2, 0])
    #expect(try other.directory(paused.id).pause() == pause)
    #expect(other.state(paused.id) == .incomplete)
    #expect(try importing(fixture["bundle"]) == [0, 2])
  }

  @Test func withoutPlacesThereAreNoResults() throws {
    let bundle = try RunBundle(at: try fixture.export(BundleExporter.self, to: "runs.tar"))
    #expect(
      sentence { _ = try bundle.writeResults(to: fixture["results"]) }?.contains("--spec") == true)
    #expect(!FileManager.default.fileExists(atPath: fixture["results"]))
  }

  private func shell(_ script: String) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self)
  }
}
