import Configuration
import ExperimentsTestKit
import Foundation
import Synchronization
import TestKit
import Testing

// Internal: FileLock.
@testable import Experiments

@Suite struct RunStoreTests {
  private let folder: TemporaryFolder
  private let store: RunStore
  private let configuration = RunConfiguration(
    model: "alpha", settings: ["width": .integer(8)], training: [:], dataset: "data", seed: 1)

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(at: folder.path + "/runs")
  }

  private func perform(
    _ executor: any RunExecutor = FakeExecutor(), control: RunControl = RunControl()
  ) throws -> RunEnd {
    try RunAttempt(
      in: try store.prepare(configuration), executor: executor, control: control
    ).perform()
  }

  @Test func goesThroughItsStates() throws {
    #expect(store.state(configuration.id) == .absent)
    _ = try store.prepare(configuration)
    #expect(store.state(configuration.id) == .incomplete)
    let observer = StateObserver(store: store)
    #expect(try perform(observer) == .finished)
    #expect(observer.seen == .running)
    #expect(store.state(configuration.id) == .done)
    #expect(try store.outcome(configuration.id)?.record == fakeRecord(configuration))
  }

  @Test func aLockWhoseFileIsRemovedDoesNotLetTwoProcessesTrain() throws {
    let directory = try store.prepare(configuration)
    let second = Mutex<RunEnd?>(nil)
    let thief = RemovingExecutor { [store, configuration] in
      try FileManager.default.removeItem(atPath: directory.path + "/lock")
      let end = try RunAttempt(
        in: store.directory(configuration.id), executor: FakeExecutor(), control: RunControl()
      ).perform()
      second.withLock { $0 = end }
    }
    let ends = [try perform(thief), second.withLock { $0 }]
    // The heartbeat of the first may take the lock anew before the second does.
    #expect(ends == [.heldElsewhere, .finished] || ends == [.finished, .heldElsewhere])
    #expect(try store.outcome(configuration.id)?.record == fakeRecord(configuration))
  }

  @Test func aLockWhoseFileIsRemovedIsTakenAnew() throws {
    let directory = try store.prepare(configuration)
    let executor = RemovingExecutor { [store, configuration] in
      try FileManager.default.removeItem(atPath: directory.path + "/lock")
      for _ in 0..<40 where store.state(configuration.id) != .running { usleep(100_000) }
      #expect(store.state(configuration.id) == .running)
    }
    #expect(try perform(executor) == .finished)
  }

  @Test func aDoneRunIsNotExecutedAgain() throws {
    let executor = FakeExecutor()
    #expect(try perform(executor) == .finished)
    #expect(try perform(executor) == .finished)
    #expect(executor.executions.withLock { $0[configuration.id] } == 1)
  }

  @Test func aFailureStaysUntilTheRunIsTriedAgain() throws {
    let end = try perform(FakeExecutor(steps: 3) { _ in "the loss became nan" })
    #expect(end == .failed("the loss became nan"))
    #expect(store.state(configuration.id) == .failed)
    let failure = try #require(try store.outcome(configuration.id)?.failure)
    #expect(failure.message == "the loss became nan")
    #expect(failure.step == 3)
    #expect(try perform() == .finished)
    #expect(store.state(configuration.id) == .done)
  }

  @Test func aStoppedRunGoesOnFromItsCheckpoint() throws {
    let control = RunControl()
    control.stop.request()
    #expect(try perform(FakeExecutor(steps: 3), control: control) == .stopped)
    #expect(store.state(configuration.id) == .incomplete)
    let checkpoint = store.directory(configuration.id).checkpointPath
    #expect(try String(contentsOfFile: checkpoint, encoding: .utf8) == "1")
    #expect(try perform(FakeExecutor(steps: 3)) == .finished)
    #expect(!FileManager.default.fileExists(atPath: checkpoint))
  }

  @Test func aRunBelongsToOneProcess() throws {
    let executor = NestedExecutor(store: store)
    #expect(try perform(executor) == .finished)
    #expect(executor.nestedEnd == .heldElsewhere)
  }

  @Test func refusesDamagedFiles() throws {
    _ = try perform()
    let directory = store.directory(configuration.id)
    let record = try String(contentsOfFile: directory.recordPath, encoding: .utf8)
    for (changed, message) in [
      (String(record.prefix(100)), "not valid JSON"),
      (record.replacing("\"seed\":1", with: "\"seed\":2"), "was changed by hand"),
      (record.replacing("\"test\":", with: "\"tset\":"), "unknown key 'tset'"),
      (
        record.replacing("\"macro\":[0.805,0.9]", with: "\"macro\":[0.805]"),
        "ceilings: must be of 2 tasks and 2 scenarios"
      ),
      (
        record.replacing("\"macro\":[0.805,0.9]", with: "\"macro\":[8.05,0.9]"),
        "ceilings: 8.05 is no AUC: it must be from 0 to 1"
      ),
      (
        record.replacing("\"bestStep\":50", with: "\"bestStep\":500"),
        "course: the best step, 500, comes after the last, 100"
      ),
      (
        record.replacing("\"trainingLoss\":[0.5,0.25]", with: "\"trainingLoss\":[0.5]"),
        "course: there are 1 training losses, but 2 validation scores"
      ),
      (
        record.replacing("\"secondsPerEpoch\":1.25", with: "\"secondsPerEpoch\":-1"),
        "timing: secondsPerEpoch: must not be negative, but is -1"
      ),
      (
        record.replacing(
          "\"timing\":", with: "\"work\":{\"tableParameterCount\":800001},\"timing\":"),
        "work: tableParameterCount is 800001, but there are only "
      ),
      (
        record.replacing(
          "\"timing\":",
          with: "\"work\":{\"forwardOperationsPerRow\":-1,\"tableParameterCount\":0},\"timing\":"),
        "work: forwardOperationsPerRow: must not be negative, but is -1"
      ),
      (
        record.replacing(
          "\"pooled\":[0.82,0.91]}",
          with: "\"pooled\":[0.82,0.91],\"realized\":{\"cells\":[],\"macro\":[],\"pooled\":[]}}"),
        "ceilings: realized: must be of 2 tasks and 2 scenarios"
      ),
      (
        record.replacing("\"timing\":", with: "\"work\":{},\"timing\":"),
        "work: lacks the key 'tableParameterCount'"
      ),
      (
        record.replacing("\"copc\":1,", with: "\"copc\":-1,"),
        "copc: must be at least 0, but is -1"
      ),
    ] {
      try changed.write(toFile: directory.recordPath, atomically: true, encoding: .utf8)
      let error = #expect(throws: Diagnostic.self) {
        try store.outcome(configuration.id)
      }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
      #expect(error?.description.hasPrefix(directory.recordPath) == true)
    }
  }

  @Test func aFileSaysTheSameWhateverIsExpectedOfIt() throws {
    func run(_ change: (inout RunConfiguration) -> Void) -> Plan.Run {
      var configuration = configuration
      change(&configuration)
      return Plan.Run(
        row: "a", purpose: .result, trial: 0, configuration: configuration, id: configuration.id,
        predictions: nil)
    }
    let expected = [
      nil, run { _ in }, run { $0.seed = 2 }, run { $0.settings["width"] = .number(8) },
    ]
    func said(_ read: () throws -> RunOutcome) -> String {
      do { return try read().value.canonicalJSON } catch { return "\(error)" }
    }
    let record = RunOutcome.done(fakeRecord(configuration)).value.canonicalJSON
    let failure = RunOutcome.failed(
      RunFailure(configuration: configuration, message: "no", provenance: .current())
    ).value.canonicalJSON
    let grid = fakeRecord(configuration).test.configuration.canonicalJSON
    let changes = [
      ("{\"ceilings\"", "{ \"ceilings\""), ("\"seed\":1", "\"seed\":2"),
      ("\"width\":8", "\"width\":8.0"), (configuration.id, "0"), ("\"test\":", "\"tset\":"),
      ("\"test\":{", "\"test\": {"), ("\"test\":", "\"test\":\(grid),\"test\":"),
      ("\"test\":\(grid)", "\"test\":null"), ("\"auc\":0.", "\"auc\":7."),
      ("\"tasks\":", "\"x\":0,\"tasks\":"),
    ]
    let texts =
      [
        record, failure, "[\(record)]",
        failure.replacing("{\"conf", with: "{\"test\":\(grid),\"conf"),
      ]
      + changes.map { record.replacing($0, with: $1) }
      + stride(from: 0, to: record.count, by: 61).map { String(record.prefix($0)) }
    for text in texts {
      let plain = said { try RunOutcome(ConfigurationValue(json: text)) }
      for run in expected {
        #expect(said { try RunOutcome.read(json: text, of: run).outcome } == plain)
      }
    }
  }

  @Test func refusesTheRecordOfAnotherRun() throws {
    _ = try perform()
    var other = configuration
    other.seed = 2
    let directory = try store.prepare(other)
    try FileManager.default.copyItem(
      atPath: store.directory(configuration.id).recordPath, toPath: directory.recordPath)
    let message =
      "\(directory.recordPath): is of the run \(configuration.id), but lies in the folder of "
      + other.id
    for read in [{ try store.outcome(other.id) }, { try directory.outcome() }] {
      let error = #expect(throws: Diagnostic.self) { try read() }
      #expect(error?.description == message)
    }
  }

  @Test func aDamagedRecordDoesNotKeepTheOthersFromBeingRead() throws {
    var configurations: [RunConfiguration] = []
    for seed in 1...20 {
      var next = configuration
      next.seed = seed
      configurations.append(next)
      _ = try RunAttempt(
        in: try store.prepare(next), executor: FakeExecutor(), control: RunControl()
      ).perform()
    }
    let damaged = store.directory(configurations[6].id).recordPath
    try "{".write(toFile: damaged, atomically: true, encoding: .utf8)
    let outcomes = StoredOutcomes(in: store)
    for (index, configuration) in configurations.enumerated() {
      let expected = index == 6 ? nil : fakeRecord(configuration)
      #expect(outcomes.outcome(configuration.id)?.record == expected)
      #expect(outcomes.state(configuration.id) == (index == 6 ? .damaged : .done))
    }
    #expect(outcomes.problems.count == 1)
    #expect(outcomes.problems.first?.hasPrefix("\(damaged): not valid JSON") == true)
  }

  @Test func refusesAFolderWithAnotherConfiguration() throws {
    let directory = try store.prepare(configuration)
    var other = configuration
    other.seed = 2
    try other.value.canonicalJSON.write(
      toFile: directory.configurationPath, atomically: true, encoding: .utf8)
    let error = #expect(throws: Diagnostic.self) { try store.prepare(configuration) }
    #expect(
      error?.description.contains(
        "holds a run of another configuration: its seed is 2, not 1") == true)
  }

  @Test func saysWhereItMayNotWrite() throws {
    try "a file".write(toFile: folder.path + "/runs", atomically: true, encoding: .utf8)
    let error = #expect(throws: (any Error).self) { try store.prepare(configuration) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(folder.path + "/runs"))
  }
}

/// Many processes that begin at once; threads stand for them.
@Suite struct CrowdedStoreTests {
  @Test func manyMakeFoldersInOneStoreAtOnce() throws {
    let folder = try TemporaryFolder()
    let store = RunStore(at: folder.path + "/runs")
    try FileManager.default.createDirectory(
      atPath: store.path, withIntermediateDirectories: true)
    let configurations = (0..<200).map { seed in
      RunConfiguration(model: "alpha", settings: [:], training: [:], dataset: "toy", seed: seed)
    }
    let errors = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for configuration in configurations {
        do {
          try store.checkThatItLocks()
          _ = try store.prepare(configuration)
        } catch { errors.withLock { $0.append("\(error)") } }
      }
    }
    #expect(errors.withLock { $0 } == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: store.path).sorted()
        == configurations.map(\.id).sorted())
  }
}

/// Locks as file systems of several kinds give them.
@Suite struct FileLockTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/lock" }

  init() throws { folder = try TemporaryFolder() }

  @Test func oneHolderExcludesAnotherUntilItLetsGo() throws {
    var lock = try FileLock.take(path)
    #expect(lock?.isStillHeld() == true && FileLock.isHeld(path))
    #expect(try FileLock.take(path) == nil)
    lock = nil
    #expect(!FileLock.isHeld(path))
    lock = try FileLock.take(path)
    #expect(lock != nil)
  }

  @Test func aFileSystemThatGivesALockTwiceIsRefused() {
    let error = #expect(throws: Diagnostic.self) { try FileLock.take(path) { _, _ in 0 } }
    let sentence = error?.description ?? ""
    #expect(sentence.contains("(two descriptors got the same lock): without locks"), "\(sentence)")
  }

  @Test(arguments: [ENOSYS, ENOLCK, EOPNOTSUPP])
  func aFileSystemWithoutLocksIsRefused(code: Int32) {
    let error = #expect(throws: Diagnostic.self) {
      try FileLock.take(path) { _, _ in
        errno = code
        return -1
      }
    }
    let (sentence, reason) = (error?.description ?? "", String(cString: strerror(code)))
    #expect(sentence.contains("(\(reason)): without locks"), "\(sentence)")
    #expect(sentence.contains("mount this file system with locks"), "\(sentence)")
  }

  @Test func aStoreIsProbedWithoutATrace() throws {
    try RunStore(at: folder.path).checkThatItLocks()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}

/// Looks at the state of its own run while it is executed.
private final class StateObserver: RunExecutor, @unchecked Sendable {
  private let store: RunStore
  var seen: RunStore.State?

  init(store: RunStore) { self.store = store }

  func execute(_ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl)
    throws -> RunRecord?
  {
    seen = store.state(configuration.id)
    return fakeRecord(configuration)
  }
}

/// Tries to execute its own run once more while it is executed.
private final class NestedExecutor: RunExecutor, @unchecked Sendable {
  private let store: RunStore
  var nestedEnd: RunEnd?

  init(store: RunStore) { self.store = store }

  func execute(_ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl)
    throws -> RunRecord?
  {
    nestedEnd = try RunAttempt(
      in: directory, executor: FakeExecutor(), control: RunControl()
    ).perform()
    return fakeRecord(configuration)
  }
}

/// Does something in the middle of a run.
private struct RemovingExecutor: RunExecutor {
  let action: @Sendable () throws -> Void

  func execute(_ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl)
    throws -> RunRecord?
  {
    try action()
    try control.checkOwnership()
    return fakeRecord(configuration)
  }
}
