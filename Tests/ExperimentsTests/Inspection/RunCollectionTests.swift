import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import TestKit
import Testing

@Suite struct RunCollectionTests {
  private let configurations = (1...3).map { FakeStore.configuration(seed: $0) }

  @Test func aStoreGivesTheRunsOfAllItsFoldersAndTheirStates() throws {
    let fake = try FakeStore(configurations) { $0.seed == 2 ? "the loss became nan" : nil }
    _ = try fake.store.prepare(FakeStore.configuration(seed: 9))
    try fake.folder.write("no run", to: "runs/notes/readme.txt")
    let runs = try RunCollection(contentsOf: [fake.store.path])
    #expect(runs.problems.isEmpty)
    #expect(runs.runs.map(\.id) == runs.runs.map(\.id).sorted())
    let states = Dictionary(
      uniqueKeysWithValues: runs.runs.map { ($0.configuration.seed, $0.state) })
    #expect(states == [1: .done, 2: .failed, 3: .done, 9: .incomplete])
    #expect(runs.runs.allSatisfy { ($0.outcome == nil) == ($0.state == .incomplete) })
  }

  @Test func theFolderOfOneRunIsASource() throws {
    let fake = try FakeStore(configurations)
    let path = fake.store.directory(configurations[0].id).path
    #expect(try RunCollection(contentsOf: [path]).runs.map(\.id) == [configurations[0].id])
    let named = fake.folder.path + "/runs/first"
    try FileManager.default.moveItem(atPath: path, toPath: named)
    #expect(try RunCollection(contentsOf: [fake.store.path]).runs.count == 3)
  }

  @Test func committedResultsAreReadWithTheirPlaces() throws {
    let folder = DataFolder.packageRoot.appending(path: "results/kuairand-pure").path
    let runs = try RunCollection(contentsOf: [folder])
    let lines = try Results(contentsOf: folder + "/runs.jsonl").lines
    #expect(runs.runs.map(\.places.count).reduce(0, +) == lines.count)
    #expect(Set(runs.runs.map(\.id)) == Set(lines.map(\.outcome.configuration.id)))
    #expect(runs.runs.allSatisfy { $0.directory == nil && $0.state == .done })
    let file = try RunCollection(contentsOf: [folder + "/runs.jsonl"])
    #expect(file.runs.map(\.places) == runs.runs.map(\.places))
  }

  @Test func recordsWithoutPlacesAreASource() throws {
    let fake = try FakeStore(configurations)
    let runs = try RunCollection(contentsOf: [fake.store.path])
    let lines = runs.runs.compactMap { $0.outcome?.value.canonicalJSON }.joined(separator: "\n")
    let path = try fake.folder.write(lines + "\n", to: "records.jsonl").path
    let again = try RunCollection(contentsOf: [path])
    #expect(again.runs.map(\.outcome) == runs.runs.map(\.outcome))
    #expect(again.runs.allSatisfy { $0.places.isEmpty })
  }

  @Test func aRunOfSeveralSourcesIsOneRunWithAllItsPlaces() throws {
    let fake = try FakeStore([configurations[0]])
    let record = RunOutcome.done(fakeRecord(configurations[0]))
    let lines = [("A", Plan.Purpose.search), ("B", .result)].map {
      Results.Line(row: $0, purpose: $1, trial: 3, outcome: record)
    }
    let path = try fake.folder.write(Results(lines: lines).jsonLines, to: "runs.jsonl").path
    let runs = try RunCollection(contentsOf: [path, fake.store.path])
    let run = try #require(runs.runs.first)
    #expect(runs.runs.count == 1 && runs.problems.isEmpty)
    #expect(run.places.map(\.row) == ["A", "B"] && run.directory != nil)
  }

  @Test func aSecondRecordThatDiffersIsNamedAndNotUsed() throws {
    let fake = try FakeStore([configurations[0]])
    var other = fakeRecord(configurations[0])
    other.parameterCount = 7
    let line = RunOutcome.done(other).value.canonicalJSON
    let path = try fake.folder.write(line, to: "records.jsonl").path
    let runs = try RunCollection(contentsOf: [fake.store.path, path])
    #expect(runs.runs.map(\.record) == [fakeRecord(configurations[0])])
    #expect(
      runs.problems == [
        "\(path) has another record of the run \(configurations[0].id), which is not used"
      ])
  }

  /// Another experiment may train a run on that one has pruned.
  @Test func aRecordCountsMoreThanAPause() throws {
    let pause = RunPause(
      configuration: configurations[0], epochs: 1, steps: 50, parameterCount: 3,
      validationScore: [0.7], provenance: fakeProvenance)
    let pruned = StoredRun(.pruned(pause))
    let done = StoredRun(.done(fakeRecord(configurations[0])))
    for runs in [[pruned, done], [done, pruned]] {
      let collection = RunCollection(runs)
      #expect(collection.runs.map(\.state) == [.done] && collection.problems.isEmpty)
    }
  }

  @Test func aDamagedRunIsListedAsSuchAndNamed() throws {
    let fake = try FakeStore(configurations)
    let directory = fake.store.directory(configurations[1].id)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: directory.recordPath))
    let other = fake.store.directory(configurations[2].id)
    try Data("{".utf8).write(to: URL(fileURLWithPath: other.configurationPath))
    let runs = try RunCollection(contentsOf: [fake.store.path])
    #expect(runs.runs.count == 2)
    #expect(runs.runs.first { $0.id == configurations[1].id }?.state == .damaged)
    #expect(runs.problems.count == 2)
    #expect(runs.problems.contains { $0.contains(directory.recordPath) })
    #expect(runs.problems.contains { $0.contains(other.configurationPath) })
  }

  @Test func whatIsNoSourceIsNamed() throws {
    let folder = try TemporaryFolder()
    #expect(
      sentence { _ = try RunCollection(contentsOf: [folder.path + "/nowhere"]) }
        == "\(folder.path)/nowhere: there is no such store or results file")
    let path = try folder.write("\n{\"row\":1}\n", to: "bad.jsonl").path
    #expect(
      sentence { _ = try RunCollection(contentsOf: [path]) }?.hasPrefix("\(path):2: ") == true)
  }

  @Test func aRunIsFoundByItsFirstDigits() throws {
    let fake = try FakeStore(configurations)
    let runs = try RunCollection(contentsOf: [fake.store.path])
    for run in runs.runs { #expect(try runs.run(run.id.uppercased()).id == run.id) }
    let first = try #require(runs.runs.first)
    #expect(try runs.run(String(first.id.prefix(20))).id == first.id)
    #expect(sentence { _ = try runs.run("xyz") } == "there is no run 'xyz' among 3 runs")
    #expect(sentence { _ = try runs.run("") }?.contains("there is no run") == true)
    // Among many runs, two begin alike.
    let many = RunCollection((1...40).map { StoredRun(.done(fakeRecord(.init(seed: $0)))) })
    let counts = Dictionary(grouping: many.runs) { $0.id.prefix(1) }
    let (digit, alike) = try #require(counts.first { $0.value.count > 1 })
    let text = try #require(sentence { _ = try many.run(String(digit)) })
    #expect(text.contains("is the beginning of \(alike.count) runs"))
  }

  @Test func theRunsOfAnExperimentAreKeptWithTheirPlaces() throws {
    let sweep = try ToySweep()
    let plan = try sweep.plan
    let outcomes = try sweep.finish(plan)
    let stranger = FakeStore.configuration()
    var runs = RunCollection(
      outcomes.map { StoredRun($0) } + [StoredRun(.done(fakeRecord(stranger)))])
    let datasets = try runs.keepRuns {
      try ExperimentsTestKit.plan(sweep.specification, dataset: $0)
    }
    #expect(datasets == ["toy"])
    #expect(!runs.runs.contains { $0.id == stranger.id })
    let planned = try plan.runs { id in outcomes.first { $0.configuration.id == id } }
    #expect(Set(runs.runs.map(\.id)) == Set(planned.map(\.id)))
    #expect(runs.runs.map(\.places.count).reduce(0, +) == planned.count)
  }
}

extension RunConfiguration {
  fileprivate init(seed: Int) { self = FakeStore.configuration(seed: seed) }
}

extension ToySweep {
  /// The outcomes of all runs of the plan, executed in memory.
  func finish(_ plan: Plan) throws -> [RunOutcome] {
    var outcomes: [String: RunOutcome] = [:]
    while true {
      let open = try plan.runs { outcomes[$0] }.filter { outcomes[$0.id] == nil }
      if open.isEmpty { return outcomes.sorted { $0.key < $1.key }.map(\.value) }
      for run in open { outcomes[run.id] = .done(fakeRecord(run.configuration)) }
    }
  }
}
