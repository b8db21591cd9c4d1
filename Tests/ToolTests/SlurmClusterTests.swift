import Configuration
import Foundation
import Testing

/// Sweeps on a real cluster of two nodes, which `make test-slurm` starts: whatever happens to it, the
/// table is that of a sweep on this machine, nothing is lost, and nothing is left.
@Suite(
  .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["AESM2_SLURM_CLUSTER"] != nil,
    "needs a cluster: make test-slurm"))
struct SlurmClusterTests {
  private static let sweeping = "sweep experiment.yaml --launcher slurm --checkpoint-seconds 0.2"

  /// How long the runs are: a few seconds, or long enough to be disturbed several times.
  private enum Length: Int {
    case short = 300
    case long = 2400

    /// Calls `body` with a workshop in which runs have this number of epochs.
    func workshop(_ body: (Workshop) throws -> Void) throws {
      try Workshop.with { workshop throws in
        try workshop.replace(
          "epochs: 3", with: "epochs: \(rawValue), patience: 0", in: "experiment.yaml")
        try body(workshop)
      }
    }

    /// The table to which the experiment comes on this machine.
    func reference() throws -> [String] {
      try self == .short ? Self.shortReference.get() : Self.longReference.get()
    }

    private static let shortReference = Result { try short.localTable() }
    private static let longReference = Result { try long.localTable() }

    private func localTable() throws -> [String] {
      var table: [String] = []
      try workshop { workshop in
        let outcome = try workshop.tool("sweep experiment.yaml --jobs 2")
        try #require(outcome.status == 0, "\(outcome.error)")
        table = try SlurmClusterTests.table(in: workshop)
      }
      return table
    }
  }

  /// Returns the lines of the table, without what is measured, and the digests of weights.
  private static func table(in workshop: Workshop) throws -> [String] {
    let weights = try workshop.shell("cd runs && sha256sum */weights.safetensors").output
    return try workshop.unmeasuredTable().map { $0.joined(separator: ",") }
      + weights.split(separator: "\n").map(String.init)
  }

  /// Runs a script in which `cluster` is `cluster.sh`, and returns what it printed.
  @discardableResult
  private func shell(_ script: String, in workshop: Workshop) throws -> String {
    let tool = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Slurm/cluster.sh").path
    let outcome = try workshop.shell(
      """
      cluster() { part=$1; shift; '\(tool)' "$part" "$AESM2_SLURM_CLUSTER" "$@"; }
      \(script)
      """)
    try #require(outcome.status == 0, "\(script): \(outcome.error)")
    return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Repeats a script until it prints something.
  private func wait(
    until script: String, in workshop: Workshop, location: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = ContinuousClock.now + .seconds(90)
    while ContinuousClock.now < deadline {
      if try !shell("\(script) || true", in: workshop).isEmpty { return }
      usleep(200_000)
    }
    let log = (try? error(in: workshop)) ?? ""
    Issue.record("nothing from \(script); the sweep said: \(log)", sourceLocation: location)
    throw Workshop.Missing(text: script, file: "output")
  }

  private static let running = "squeue --noheader --states=RUNNING --format=%i"
  private static let checkpoint = "ls runs/*/checkpoint.safetensors"

  private func start(_ options: String, time: Int = 10, in workshop: Workshop) throws -> KilledRun {
    let commandLine = "\(Self.sweeping) --slurm time=\(time) \(options)"
    return try KilledRun.start(commandLine, in: workshop)
  }

  private func error(in workshop: Workshop) throws -> String {
    try String(contentsOf: workshop["killed.error"], encoding: .utf8)
  }

  private func submissions(in workshop: Workshop) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: workshop["runs/slurm"].path)
      .count { $0.hasPrefix("aesm2-tiny-") }
  }

  /// Waits for the end of a sweep, and compares.
  private func finish(_ sweep: KilledRun, _ length: Length = .short, in workshop: Workshop) throws {
    sweep.process.waitUntilExit()
    let log = try error(in: workshop)
    #expect(sweep.process.terminationStatus == 0, "\(log)")
    #expect(try Self.table(in: workshop) == length.reference())
    try checkThatNothingIsLeft(in: workshop)
  }

  /// Checks that no job is left, and no process that works in the folder.
  private func checkThatNothingIsLeft(in workshop: Workshop) throws {
    try wait(until: "[ -n \"$(squeue --noheader)\" ] || echo empty", in: workshop)
    let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc")
      .compactMap { Int32($0) }.filter { process in
        let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
        return String(decoding: words, as: UTF8.self).contains(workshop.folder.path)
      }
    #expect(processes.isEmpty)
  }

  @Test func theTableIsThatOfALocalSweep() throws {
    try Length.short.workshop { workshop in
      let options = "--slurm throttle=2"
      let plan = try workshop.tool("\(Self.sweeping) --slurm time=10 \(options) --dry-run")
      #expect(plan.output.contains("#SBATCH --array=0-3%2\n"), "\(plan.output)\(plan.error)")
      #expect(plan.output.hasPrefix("# Slurm 2") && !workshop.has("runs"))
      let sweep = try start(options, in: workshop)
      try wait(until: Self.checkpoint, in: workshop)
      #expect(try workshop.tool("status experiment.yaml").output.contains("\nSlurm: "))
      try finish(sweep, in: workshop)
      // Nothing is left to do, and nothing is submitted.
      #expect(try workshop.tool("\(Self.sweeping) --slurm time=10").status == 0)
      #expect(try submissions(in: workshop) == 1)
    }
  }

  @Test func aKilledSweepFindsItsJobs() throws {
    try Length.short.workshop { workshop in
      let first = try start("--slurm throttle=1", in: workshop)
      try wait(until: "ls runs/slurm/*/job", in: workshop)
      #expect(first.kill(SIGKILL))
      // As if it had been killed before it learned the id of the job.
      try shell("rm runs/slurm/*/job", in: workshop)
      let second = try start("", in: workshop)
      try wait(until: "grep 'by an earlier sweep' killed.error", in: workshop)
      #expect(second.kill(SIGKILL))
      try finish(try start("", in: workshop), in: workshop)
      #expect(try submissions(in: workshop) == 1)
    }
  }

  @Test func aDetachedSweepLeavesAndIsCollected() throws {
    try Length.short.workshop { workshop in
      // Two runs in every task, because it has two cores; and nothing is submitted twice.
      let detaching = "\(Self.sweeping) --slurm time=10 --slurm cores=2 --detach"
      let left = try workshop.tool(detaching)
      #expect(left.status == 0 && left.output.isEmpty, "\(left.error)")
      #expect(left.error.contains("_1 (") && !left.error.contains("_2 ("), "\(left.error)")
      let again = try workshop.tool(detaching)
      #expect(again.error.contains("_1, by an earlier sweep"), "\(again.error)")
      try finish(try start("", in: workshop), in: workshop)
      #expect(try submissions(in: workshop) == 1)
    }
  }

  @Test func aStoppedSweepEndsItsJobsWithCheckpoints() throws {
    try Length.short.workshop { workshop in
      let sweep = try start("--slurm throttle=1", in: workshop)
      try wait(until: Self.checkpoint, in: workshop)
      #expect(sweep.kill(SIGINT))
      #expect(sweep.process.terminationStatus == 130)
      let log = try error(in: workshop)
      #expect(log.contains("stopped with a checkpoint"), "\(log)")
      #expect(log.contains("stopped without a checkpoint"), "\(log)")
      try checkThatNothingIsLeft(in: workshop)
      try finish(try start("", in: workshop), in: workshop)
    }
  }

  @Test func aCancelledJobIsReportedAndNotSubmittedAgain() throws {
    try Length.short.workshop { workshop in
      let sweep = try start("", in: workshop)
      try wait(until: Self.checkpoint, in: workshop)
      try shell("scancel --user=root", in: workshop)
      sweep.process.waitUntilExit()
      #expect(sweep.process.terminationStatus == 1)
      #expect(try error(in: workshop).contains("was cancelled; sweep again"))
      #expect(try submissions(in: workshop) == 1)
      try finish(try start("", in: workshop), in: workshop)
    }
  }

  @Test func aSchedulerPausesAndPrunesTrialsAsOnThisMachine() throws {
    try Length.short.workshop { workshop in
      try workshop.replace("  - id: shared-bottom\n", with: "", in: "experiment.yaml")
      try workshop.replace(
        "{strategy: random, trials: 1}", with: "{strategy: random, trials: 4, scheduler: asha}",
        in: "experiment.yaml")
      try workshop.replace("epochs: 300", with: "epochs: 9", in: "experiment.yaml")
      let local = try workshop.tool("sweep experiment.yaml --jobs 2")
      try #require(local.status == 0, "\(local.error)")
      let table = try Self.table(in: workshop)
      try FileManager.default.moveItem(at: workshop["runs"], to: workshop["local"])
      let sweep = try start("--slurm bundle=2", in: workshop)
      sweep.process.waitUntilExit()
      let log = try error(in: workshop)
      #expect(sweep.process.terminationStatus == 0 && log.contains(": paused after"), "\(log)")
      #expect(!log.contains("lost"), "\(log)")
      #expect(try Self.table(in: workshop) == table)
      try checkThatNothingIsLeft(in: workshop)
    }
  }

  @Test func disturbedTasksGoOn() throws {
    try Length.long.workshop { workshop in
      let sweep = try start("--slurm cores=2 --slurm bundle=1", in: workshop)
      try wait(until: Self.checkpoint, in: workshop)
      // Jobs of higher priority take the place of others.
      try shell(
        """
        sbatch --partition=urgent --exclusive --nodes=2 --time=1 --output=urgent.log --wrap true
        """, in: workshop)
      try wait(until: "grep -l 'after preemption' runs/slurm/*/*.log", in: workshop)
      // An administrator queues a task again, and the controller is started anew.
      try wait(until: Self.running, in: workshop)
      try shell(
        """
        scontrol requeue "$(\(Self.running) | head -n 1)"
        cluster controller-stop; sleep 1; cluster controller-start
        """, in: workshop)
      // A node dies with its jobs.
      try wait(until: "\(Self.running) --nodelist=n2 --partition=main", in: workshop)
      try shell("cluster node-kill n2", in: workshop)
      try wait(until: "sinfo --noheader --nodes=n2 --states=down --format=%N", in: workshop)
      try shell("cluster node-start n2", in: workshop)
      try finish(sweep, .long, in: workshop)
    }
  }

  @Test func aTaskAtItsTimeLimitGoesOn() throws {
    try Length.long.workshop { workshop in
      // One task for all runs. Slurm sends its signal up to a minute early: soon after the start.
      let sweep = try start(
        "--slurm signal=USR1@45 --slurm bundle=4 --slurm requeue=50", time: 1, in: workshop)
      try wait(until: "ls runs/slurm/*/*.timeouts", in: workshop)
      try finish(sweep, .long, in: workshop)
      let log = try error(in: workshop)
      #expect(try submissions(in: workshop) == 1, "\(log)")
    }
  }

  @Test(.enabled(if: programPath("mpirun") != nil, "needs mpirun (Open MPI)"))
  func ranksInAJobHaveTheBitsOfRanksOutside() throws {
    try Workshop.with { workshop in
      func train(_ folder: String) -> String {
        """
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
        mpirun --bind-to none --oversubscribe -n 2 '\(ToolBinary.url.path)' train --data data --model mmoe \
          --set epochs=2 --set batchSize=16 --ranks mpi --threads 1 --run-dir \(folder) > \(folder).log 2>&1

        """
      }
      try shell(train("outside"), in: workshop)
      for nodes in [1, 2] {
        try workshop.write("#!/bin/bash\n\(train("nodes-\(nodes)"))", to: "job.sh")
        try shell(
          "sbatch --wait --nodes=\(nodes) --ntasks=2 --time=5 --output=job.log job.sh", in: workshop
        )
        #expect(
          try workshop.bytes("nodes-\(nodes)/weights.safetensors")
            == workshop.bytes("outside/weights.safetensors"))
      }
      try checkThatNothingIsLeft(in: workshop)
    }
  }

  @Test func aSmallClusterWithoutAccountingGivesTheSameTable() throws {
    try Length.short.workshop { workshop in
      try shell(
        "cluster configure AccountingStorageType=accounting_storage/none MaxArraySize=3",
        in: workshop)
      let sweep = try start("", in: workshop)
      try finish(sweep, in: workshop)
      // Four tasks in arrays of at most three.
      #expect(try submissions(in: workshop) == 2)
      try shell(
        "cluster configure AccountingStorageType=accounting_storage/slurmdbd MaxArraySize=1001",
        in: workshop)
    }
  }
}
