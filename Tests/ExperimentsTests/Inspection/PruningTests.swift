import Configuration
import ExperimentsTestKit
import Foundation
import TestKit
import Testing

// Internal: FileLock, RunDirectory.take, which hold a run as another process would.
@testable import Experiments

@Suite struct PruningTests {
  private let fake: FakeStore
  private let done = FakeStore.configuration(seed: 1)
  private let failed = FakeStore.configuration(seed: 2)
  private let incomplete = FakeStore.configuration(seed: 3)
  private let old = FakeStore.configuration(seed: 4, semantics: 1)

  init() throws {
    fake = try FakeStore([done, failed, old]) { $0.seed == 2 ? "out of memory" : nil }
    _ = try fake.store.prepare(incomplete)
  }

  private func pruning(
    _ reasons: Set<Pruning.Reason>, keeping plans: [(String) throws -> Plan] = []
  ) throws -> Pruning {
    try Pruning(
      of: try RunCollection(contentsOf: [fake.store.path]), for: reasons, keeping: plans,
      where: { _ in true })
  }

  private var remaining: Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: fake.store.path)) ?? [])
  }

  @Test(arguments: [
    (Pruning.Reason.failed, 2), (.incomplete, 3), (.otherSemantics, 4),
  ])
  func removesOnlyTheRunsOfTheReason(reason: Pruning.Reason, seed: Int) throws {
    let all = remaining
    let pruning = try pruning([reason])
    #expect(remaining == all)
    #expect(pruning.entries.map(\.run.configuration.seed) == [seed])
    #expect(pruning.entries.allSatisfy { $0.reason == reason && $0.byteCount > 0 })
    #expect(try pruning.remove().isEmpty)
    #expect(remaining == all.subtracting(pruning.entries.map(\.run.id)))
  }

  @Test func aPausedRunIsNotIncomplete() throws {
    let pause = RunPause(
      configuration: incomplete, epochs: 1, steps: 50, parameterCount: 3, validationScore: [0.7],
      provenance: fakeProvenance)
    try fake.store.directory(incomplete.id).write(pause)
    #expect(try pruning([.incomplete]).entries.isEmpty)
    #expect(try pruning([.unplanned]).entries.contains { $0.run.id == incomplete.id })
  }

  @Test func aHeldRunStays() throws {
    let directory = fake.store.directory(incomplete.id)
    let before = try pruning([.incomplete])
    let lock = try #require(try directory.take())
    #expect(try pruning([.incomplete]).entries.isEmpty)
    #expect(try pruning([.incomplete]).heldCount == 1)
    // It was free when the list was made.
    #expect(try before.remove().map(\.id) == [incomplete.id])
    #expect(remaining.contains(incomplete.id))
    withExtendedLifetime(lock) {}
  }

  @Test func aRunThatHasEndedInTheMeantimeStays() throws {
    let before = try pruning([.incomplete])
    _ = try RunAttempt(
      in: fake.store.directory(incomplete.id), executor: FakeExecutor(), control: RunControl()
    ).perform()
    #expect(try before.remove().map(\.id) == [incomplete.id])
    #expect(fake.store.state(incomplete.id) == .done)
  }

  @Test func aFolderThatSomeoneNamedStays() throws {
    let path = fake.store.path
    try FileManager.default.moveItem(atPath: "\(path)/\(failed.id)", toPath: "\(path)/mine")
    #expect(try pruning([.failed]).entries.isEmpty)
  }

  @Test func aDamagedRunStays() throws {
    let record = fake.store.directory(done.id).recordPath
    try Data("{".utf8).write(to: URL(fileURLWithPath: record))
    let entries = try pruning([.failed, .incomplete, .unplanned]).entries
    #expect(!entries.contains { $0.run.id == done.id })
  }

  @Test func runsOfNoExperimentAreRemoved() throws {
    let sweep = try ToySweep()
    let outcomes = try sweep.finish(try sweep.plan)
    for outcome in outcomes { try add(outcome) }
    let plan = { try ExperimentsTestKit.plan(sweep.specification, dataset: $0) }
    let pruning = try pruning([.unplanned], keeping: [plan])
    #expect(
      Set(pruning.entries.map(\.run.id)) == [done.id, failed.id, incomplete.id, old.id])
    #expect(pruning.openDatasets.isEmpty)
  }

  @Test func whileASearchIsNotOverAllRunsOnItsDataStay() throws {
    let sweep = try ToySweep()
    let plan = try sweep.plan
    let outcomes = try sweep.finish(plan)
    let trial = try #require(try plan.runs { _ in nil }.first)
    for outcome in outcomes where outcome.configuration.id != trial.id { try add(outcome) }
    let pruning = try pruning(
      [.unplanned], keeping: [{ try ExperimentsTestKit.plan(sweep.specification, dataset: $0) }])
    #expect(pruning.openDatasets == ["toy"])
    #expect(pruning.entries.allSatisfy { $0.run.configuration.dataset == "data" })
    #expect(pruning.entries.count == 4)
  }

  @Test func anExperimentThatCannotBePlannedRemovesNothing() throws {
    let text = sentence {
      _ = try pruning([.unplanned], keeping: [{ _ in throw Diagnostic("no such model") }])
    }
    #expect(text == "no such model")
  }

  private func add(_ outcome: RunOutcome) throws {
    let directory = try fake.store.prepare(outcome.configuration)
    if let record = outcome.record { try directory.write(record) }
  }
}
