import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import Synchronization
import TestKit
import Testing

/// Sweeps over child processes: a shell script stands for the program.
///
/// It inherits the run's lock as the program does (as descriptor 9, which its own children must not
/// have), checkpoints every step, and ends with a prepared record.
@Suite(
  .serialized,
  .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/flock"), "needs flock"))
struct ChildProcessTests: Sendable {
  private let toy: ToySweep

  init() throws { toy = try ToySweep() }

  private func sweep(
    _ script: String, in other: RunStore? = nil, retries: Int = 2,
    heartbeatTimeout: Duration = .seconds(120), stop: StopSignal = StopSignal(),
    grace: Duration = .seconds(60), display: any ProgressDisplay = SilentDisplay()
  ) throws -> SweepRunner.Summary {
    let records = toy.folder.path + "/records"
    let launcher = ChildProcessLauncher { directory in
      RunCommand(["/bin/sh", "-c", script, "run", directory.path, records])
    }
    return try toy.run(
      launcher, in: other, jobs: 4, retries: retries, heartbeatTimeout: heartbeatTimeout,
      stop: stop,
      grace: grace, display: display)
  }

  /// Writes the record that every run will come to.
  private func prepareRecords() throws -> Results {
    var known: [String: RunOutcome] = [:]
    let plan = try toy.plan
    for _ in 0..<2 {
      for run in try plan.runs(outcome: { known[$0] }) {
        known[run.id] = .done(fakeRecord(run.configuration))
      }
    }
    try FileManager.default.createDirectory(
      atPath: toy.folder.path + "/records", withIntermediateDirectories: true)
    for (id, outcome) in known {
      try (outcome.value.canonicalJSON + "\n").write(
        toFile: "\(toy.folder.path)/records/\(id)", atomically: true, encoding: .utf8)
    }
    let runs = try plan.runs { known[$0] }
    return Results(
      lines: runs.compactMap { run in
        known[run.id].map {
          Results.Line(of: run, outcome: $0)
        }
      })
  }

  private static let steps = """
    echo $$ > "$1/pid"
    trap 'exit 130' INT
    n=$(cat "$1/checkpoint.safetensors" 2>/dev/null || echo 0)
    while [ "$n" -lt 5 ]; do
      sleep 0.01 9>&-; n=$((n + 1)); echo $n > "$1/new"; mv "$1/new" "$1/checkpoint.safetensors"
    done
    cp "$2/$(basename "$1")" "$1/new"; mv "$1/new" "$1/record.json"
    """

  @Test func killedProcessesGoOnToTheSameTable() throws {
    let expected = try prepareRecords()
    let isOver = Atomic(false)
    let kills = Mutex(0)
    let killer = Thread { [store = toy.store] in
      var generator = RandomPick()
      while !isOver.load(ordering: .relaxed) {
        usleep(20_000)
        let runs = (try? FileManager.default.contentsOfDirectory(atPath: store.path)) ?? []
        guard let id = generator.pick(runs), store.state(id) == .running,
          let text = try? String(contentsOfFile: "\(store.path)/\(id)/pid", encoding: .utf8),
          let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { continue }
        if kill(pid, SIGKILL) == 0 { kills.withLock { $0 += 1 } }
      }
    }
    killer.start()
    let summary = try sweep(Self.steps, retries: 1000)
    isOver.store(true, ordering: .relaxed)
    #expect(summary.isComplete)
    #expect(kills.withLock { $0 } > 0)
    let results = try Results(of: toy.plan, in: StoredOutcomes(in: toy.store))
    #expect(results == expected)
    #expect(
      try Report.make(specification: toy.specification, results: results, catalog: toyCatalog)
        == Report.make(specification: toy.specification, results: expected, catalog: toyCatalog))
  }

  @Test func stopAsksEveryChildForACheckpoint() throws {
    _ = try prepareRecords()
    let stop = StopSignal()
    Thread.detachNewThread { [store = toy.store] in
      while true {
        let runs = (try? FileManager.default.contentsOfDirectory(atPath: store.path)) ?? []
        if runs.contains(where: { access("\(store.path)/\($0)/pid", F_OK) == 0 }) { break }
        usleep(5000)
      }
      stop.request()
    }
    let slow = Self.steps.replacing("sleep 0.01", with: "sleep 0.2")
    let summary = try sweep(slow, stop: stop)
    #expect(summary.wasStopped)
    #expect(summary.counts[.running] == nil && summary.counts[.failed] == nil)
    #expect(try sweep(Self.steps).isComplete)
  }

  @Test(.timeLimit(.minutes(1)), arguments: [true, false])
  func aChildThatDoesNotStopIsKilled(atSecondRequest: Bool) throws {
    _ = try prepareRecords()
    let stuck = """
      trap '' INT; echo 1 > "$1/checkpoint.safetensors"
      while :; do sleep 0.05 9>&-; done
      """
    let (stop, display) = (StopSignal(), RecordingDisplay())
    @Sendable func waitFor(_ text: String) {
      while !display.lines.withLock({ $0.contains { $0.contains(text) } }) { usleep(5000) }
    }
    Thread.detachNewThread { [store = toy.store] in
      // The checkpoint says that the signal is ignored by then.
      func hasCheckpoint(_ run: String) -> Bool {
        access("\(store.path)/\(run)/checkpoint.safetensors", F_OK) == 0
      }
      while true {
        let runs = (try? FileManager.default.contentsOfDirectory(atPath: store.path)) ?? []
        if runs.count(where: hasCheckpoint) == 4 { break }
        usleep(5000)
      }
      stop.request()
      waitFor("stopping: ")
      if atSecondRequest { stop.request() }
    }
    let summary = try sweep(
      stuck, stop: stop, grace: .seconds(atSecondRequest ? 600 : 1), display: display)
    #expect(summary.wasStopped && summary.problems.isEmpty, "\(summary.problems)")
    #expect(summary.counts[.running] == nil && summary.counts[.failed] == nil)
    let lines = display.lines.withLock { $0 }
    let killed = lines.filter { $0.contains("its process is killed") }
    #expect(killed.count == lines.count { $0.contains("started") }, "\(lines)")
    let reason = atSecondRequest ? "still running at the second signal" : "still running after 1 s"
    #expect(killed.allSatisfy { $0.contains(reason) }, "\(killed)")
    #expect(try sweep(Self.steps).isComplete)
  }

  @Test(arguments: [
    (
      "echo one; echo 'no such column' >&2; exit 3",
      "the process ended with status 3 and no record: one | no such column"
    ),
    ("kill -SEGV $$", "the process crashed (signal 11, SIGSEGV)"),
    (
      """
      echo 'Example/Fold.swift:7: Fatal error: Index out of range'
      echo '*** Program crashed: Illegal instruction at 0x1'
      for n in 0 1 2 3 4 5 6 7 8 9; do echo "r$n 0x0000 0"; done; kill -ILL $$
      """,
      "(signal 4, SIGILL): Example/Fold.swift:7: Fatal error: Index out of range"
    ),
    (
      """
      echo '*** Program crashed: Bad pointer dereference at 0x2'; echo
      echo 'Thread 1:'; echo; echo '0 0x1 in wait in libc.so'; echo
      echo 'Thread 0 "aesm2" crashed:'; echo; echo '0 0x2 in fold(_:) in aesm2 at /Fold.swift:7:3'
      echo '1 0x3 in main in aesm2'; for n in 1 2 3 4 5 6 7 8 9; do echo rax; done; kill -SEGV $$
      """,
      "(signal 11, SIGSEGV): *** Program crashed: Bad pointer dereference at 0x2 | "
        + "0 0x2 in fold(_:) in aesm2 at /Fold.swift:7:3"
    ),
    ("exit 0", "the process ended with status 0 and no record"),
  ])
  func aChildThatEndsBadlyIsAFailure(script: String, message: String) throws {
    let summary = try sweep(script)
    #expect(summary.counts == [.failed: 9])
    #expect(summary.problems.count == 9)
    #expect(summary.problems.allSatisfy { $0.contains(message) }, "\(summary.problems)")
    let failure = try ExperimentStatus(of: toy.plan, in: toy.store).rows[0]
    #expect(failure.counts == [.failed: 3, .absent: 2])
    #expect(failure.failures.allSatisfy { $0.contains(message) })
  }

  @Test func aProcessThatIsAlwaysKilledFailsAfterTheRetries() throws {
    let display = RecordingDisplay()
    let summary = try sweep("kill -KILL $$", retries: 1, display: display)
    #expect(summary.counts == [.failed: 9])
    let message =
      "its process was killed 2 times in a row without another checkpoint (last by signal 9); "
      + "is there enough memory?"
    #expect(summary.problems.count == 9)
    #expect(summary.problems.allSatisfy { $0.hasSuffix(message) }, "\(summary.problems)")
    #expect(display.lines.withLock { $0.count { $0.contains("started") } } == 18)
    _ = try prepareRecords()
    #expect(try sweep(Self.steps).counts == [.failed: 9])
  }

  /// Every process is killed once it has written a checkpoint.
  @Test func aRunThatIsKilledButGetsOnNeverFails() throws {
    let expected = try prepareRecords()
    let script = Self.steps.replacing(
      "mv \"$1/new\" \"$1/checkpoint.safetensors\"",
      with: "mv \"$1/new\" \"$1/checkpoint.safetensors\"; kill -KILL $$")
    #expect(script != Self.steps)
    let summary = try sweep(script, retries: 0)
    #expect(summary.isComplete, "\(summary.problems)")
    #expect(try Results(of: toy.plan, in: StoredOutcomes(in: toy.store)) == expected)
  }

  /// The first process of every run halts; without a sign of life it is ended, and another goes on.
  @Test(.timeLimit(.minutes(1))) func aProcessThatHangsIsEndedAndItsRunTakenOver() throws {
    let expected = try prepareRecords()
    let script = Self.steps.replacing(
      "mv \"$1/new\" \"$1/checkpoint.safetensors\"",
      with: "mv \"$1/new\" \"$1/checkpoint.safetensors\"; [ $n -ne 3 ] || [ -e \"$1/halted\" ] || "
        + "{ touch \"$1/halted\"; kill -STOP $$; }")
    let display = RecordingDisplay()
    let summary = try sweep(script, heartbeatTimeout: .milliseconds(500), display: display)
    #expect(summary.isComplete, "\(summary.problems)")
    #expect(try Results(of: toy.plan, in: StoredOutcomes(in: toy.store)) == expected)
    let lines = display.lines.withLock { $0 }
    #expect(lines.count { $0.contains("still no sign of life, so its process is killed") } >= 15)
  }

  /// A process that nobody of this sweep has started holds the lock and halts.
  @Test(
    .timeLimit(.minutes(1)),
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd"), "needs /proc"))
  func theRunOfAHaltedStrangerIsTakenOver() throws {
    let expected = try prepareRecords()
    let run = try #require(try toy.plan.runs { _ in nil }.first)
    let directory = try toy.store.prepare(run.configuration)
    let stranger = Process()
    stranger.executableURL = URL(fileURLWithPath: "/bin/sh")
    stranger.arguments = [
      "-c",
      """
      exec 9>"$1/lock"; flock -n 9 || exit 75
      echo '{"attempt":1,"checkpoint":"","host":"'$(uname -n)'","process":'$$'}' >&9
      kill -STOP $$
      """, "stranger", directory.path,
    ]
    try stranger.run()
    while toy.store.state(run.id) != .running { usleep(5000) }
    usleep(100_000)
    let display = RecordingDisplay()
    let summary = try sweep(
      Self.steps, heartbeatTimeout: .milliseconds(400), display: display)
    #expect(summary.isComplete, "\(summary.problems)")
    stranger.waitUntilExit()
    #expect(stranger.terminationReason == .uncaughtSignal)
    #expect(try Results(of: toy.plan, in: StoredOutcomes(in: toy.store)) == expected)
    let number = stranger.processIdentifier
    let lines = display.lines.withLock { $0 }
    #expect(
      lines.contains {
        $0.contains("process \(number) on ")
          && $0.hasSuffix("no sign of life for 1 s, so it is killed")
      }, "\(lines)")
  }

  @Test func saysThatAProgramIsMissing() throws {
    let launcher = ChildProcessLauncher { _ in RunCommand(["/nowhere/program"]) }
    let summary = try toy.run(launcher)
    #expect(!summary.isComplete && !summary.wasStopped)
    #expect(summary.problems.count == 3)
    #expect(
      summary.problems.allSatisfy {
        $0.hasSuffix(
          "not started: cannot start /nowhere/program: No such file or directory")
      }, "\(summary.problems)")
  }

  /// The number of files that this process has open: the least of some looks, as other tests open
  /// and close theirs beside this one.
  private func openFileCount() throws -> Int {
    try (0..<20).map { _ in
      usleep(5000)
      return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }.min() ?? 0
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd"), "needs /proc"))
  func noFileStaysOpenAfterManyRuns() throws {
    _ = try prepareRecords()
    let script = """
      cp "$2/$(basename "$1")" "$1/new"; mv "$1/new" "$1/record.json"
      """
    func sweep(_ name: String) throws -> Int {
      let summary = try self.sweep(script, in: RunStore(at: "\(toy.folder.path)/\(name)"))
      #expect(summary.isComplete)
      return summary.counts[.done] ?? 0
    }
    _ = try sweep("first")
    let before = try openFileCount()
    let runCount = try (0..<20).map { try sweep("\($0)") }.reduce(0, +)
    #expect(runCount == 300)
    // One file for every run would be 300; those of other tests are a few dozen.
    let difference = try openFileCount() - before
    #expect(difference < runCount / 2, "\(difference) more files are open")
  }
}

/// Picks elements in a fixed pseudo-random order.
private struct RandomPick {
  private var state: UInt64 = 12345

  mutating func pick(_ names: [String]) -> String? {
    guard !names.isEmpty else { return nil }
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return names.sorted()[Int(state >> 33) % names.count]
  }
}
