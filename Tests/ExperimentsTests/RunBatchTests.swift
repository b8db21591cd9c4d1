import ExperimentsTestKit
import Foundation
import Synchronization
import TestKit
import Testing

// Internal: a run is held as another process would hold it.
@testable import Experiments

@Suite struct RunBatchTests: Sendable {
  private let toy: ToySweep
  private let runs: [RunDirectory]

  init() throws {
    toy = try ToySweep()
    let store = toy.store
    runs = try toy.plan.runs { _ in nil }.map { try store.prepare($0.configuration) }
  }

  private func batch(
    _ executor: FakeExecutor, jobs: Int = 4, stop: StopSignal = StopSignal(),
    patience: Duration = .seconds(300)
  ) throws -> RunBatch<InProcessLauncher>.End {
    var batch = RunBatch(
      of: runs, launcher: InProcessLauncher(executor: executor), jobs: jobs, stop: stop,
      grace: .seconds(60), patience: patience, event: { _ in })
    return try batch.run()
  }

  @Test func executesWhatIsNotDone() throws {
    let first = FakeExecutor()
    #expect(try batch(first) == .finished)
    #expect(first.executions.withLock { $0.count } == runs.count)
    let second = FakeExecutor()
    #expect(try batch(second) == .finished)
    #expect(second.executions.withLock { $0.isEmpty })
  }

  @Test func aFailureDoesNotStopTheOthers() throws {
    let end = try batch(FakeExecutor { $0.model == "beta" ? "diverged" : nil })
    #expect(end == .failed)
    #expect(runs.count { $0.state == .failed } == 3 && runs.count { $0.state == .done } == 6)
  }

  @Test func aStopLeavesCheckpointsFromWhichTheNextBatchGoesOn() throws {
    let stop = StopSignal()
    Thread.detachNewThread { [runs] in
      while !runs.contains(where: \.hasCheckpoint) { usleep(1000) }
      stop.request()
    }
    #expect(try batch(FakeExecutor(steps: 1000, pause: 1000), stop: stop) == .stopped)
    #expect(runs.contains { $0.hasCheckpoint })
    #expect(runs.allSatisfy { [.incomplete, .done].contains($0.state) })
    #expect(try batch(FakeExecutor()) == .finished)
  }

  @Test func aRunThatAnotherProcessHasIsWaitedFor() throws {
    let held = Mutex(try runs[0].take())
    Thread.detachNewThread {
      usleep(300_000)
      held.withLock { $0 = nil }
    }
    #expect(try batch(FakeExecutor()) == .finished)
  }

  @Test func aRunThatStaysHeldIsLeftToOthers() throws {
    let lock = try #require(try runs[0].take())
    let end = try withExtendedLifetime(lock) { try batch(FakeExecutor(), patience: .zero) }
    #expect(end == .incomplete)
    #expect(runs.dropFirst().allSatisfy { $0.state == .done })
  }
}
