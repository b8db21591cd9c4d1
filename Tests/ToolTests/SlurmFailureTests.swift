import Foundation
import Testing

/// Sweeps with Slurm where Slurm is missing, dead, full or refuses; shell scripts stand for its
/// programs.
@Suite struct SlurmFailureTests {
  /// A folder of programs, by name, with shell scripts that stand for them.
  private func sweep(
    _ options: String = "", in workshop: Workshop, programs: [String: String]
  ) throws -> ToolBinary.Outcome {
    for (name, script) in programs {
      try workshop.write("#!/bin/sh\n\(script)\n", to: "programs/\(name)")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: workshop["programs/\(name)"].path)
    }
    return try workshop.tool(
      "sweep experiment.yaml --launcher slurm --slurm time=10 \(options)",
      environment: [
        "PATH": workshop["programs"].path + ":/usr/bin:/bin", "CALLS": workshop.folder.path,
      ])
  }

  private static let alive = [
    "scontrol": "echo 'MaxArraySize = 1001'; echo 'SLURM_VERSION = 22.05.8'",
    "squeue": "exit 0", "sacct": "echo 'Slurm accounting storage is disabled' >&2; exit 1",
    "scancel": "exit 0", "sbatch": "exit 1",
  ]

  @Test(arguments: [
    (
      [
        "scontrol":
          "echo 'slurm_load_ctl_conf error: Unable to contact slurm controller' >&2; exit 1"
      ],
      "Slurm's controller does not answer"
    ),
    (
      ["scontrol": "echo 'MaxArraySize = 0'"],
      "this cluster does not allow job arrays (MaxArraySize is 0)"
    ),
    (["scontrol": "echo nonsense"], "does not tell MaxArraySize"),
  ])
  func aClusterThatCannotBeUsedIsRefusedBeforeTheFirstRun(
    programs: [String: String], sentence: String
  ) throws {
    try Workshop.with { workshop throws in
      let outcome = try sweep(
        in: workshop, programs: Self.alive.merging(programs) { $1 })
      #expect(outcome.status == 1 && outcome.error.contains(sentence), "\(outcome.error)")
      #expect(!workshop.has("runs"))
    }
  }

  @Test func saysWhichProgramIsMissing() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "sweep experiment.yaml --launcher slurm --slurm time=10",
        environment: ["PATH": workshop.folder.path])
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("there is no program 'scontrol' on PATH"), "\(outcome.error)")
      #expect(outcome.error.contains("--launcher commands"))
      #expect(!workshop.has("runs"))
    }
  }

  @Test(arguments: [
    ("sweep experiment.yaml --launcher slurm", "1 aesm2: there is no time limit for Slurm"),
    (
      "sweep experiment.yaml --launcher slurm --slurm tme=10",
      "64 aesm2: --slurm tme: unknown key 'tme'; did you mean 'time'?"
    ),
    ("sweep experiment.yaml --launcher slurm --slurm time", "64 aesm2: 'time' is not of the form"),
    (
      "sweep experiment.yaml --launcher slurm --jobs 3",
      "64 aesm2: --jobs is for runs on this machine; use --slurm throttle=3"
    ),
    (
      "sweep experiment.yaml --slurm time=10",
      "64 aesm2: --slurm is for --launcher slurm, but the launcher is 'local'"
    ),
    ("sweep experiment.yaml --dry-run", "64 aesm2: --dry-run is for --launcher slurm"),
    ("sweep experiment.yaml --launcher commands --detach", "64 aesm2: --detach is for"),
    (
      "sweep experiment.yaml --commands runs.txt", "64 aesm2: --commands is for --launcher commands"
    ),
    (
      "sweep experiment.yaml --launcher slrm",
      "64 aesm2: unknown launcher 'slrm'; did you mean 'slurm'?"
    ),
  ])
  func optionsThatDoNotFitAreRefused(command: String, sentence: String) throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.failure(command).hasPrefix(sentence))
      #expect(!workshop.has("runs"))
    }
  }

  @Test func aJobThatSlurmRefusesNamesTheCauseAndLeavesNothing() throws {
    try Workshop.with { workshop throws in
      let outcome = try sweep(
        in: workshop,
        programs: Self.alive.merging([
          "sbatch": """
          echo 'sbatch: error: invalid partition specified: shrt' >&2
          echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2
          exit 1
          """
        ]) { $1 })
      #expect(outcome.status == 1)
      #expect(
        outcome.error.contains(
          "not started: Slurm refuses the job: invalid partition specified: shrt; Batch job submission "
            + "failed: Invalid partition name specified ('sinfo' lists the partitions"),
        "\(outcome.error)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: workshop["runs/slurm"].path) == ["lock"]
      )
    }
  }

  /// The programs of a cluster that accepts two tasks of a user at a time, and executes a task when
  /// its queue is asked for.
  private static let small = alive.merging([
    "sbatch": """
    # The last argument is the script; its array has the range 0-N.
    for script; do :; done
    last=$(sed -n 's/^#SBATCH --array=0-//p' "$script")
    echo "$((last + 1))" >> "$CALLS/sizes"
    if [ "$last" -gt 1 ] || [ -s "$CALLS/waiting" ]; then
      echo 'sbatch: error: AssocMaxSubmitJobLimit' >&2
      echo 'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy' >&2
      exit 1
    fi
    job=$(($(cat "$CALLS/last" 2> "$CALLS/trash" || echo 100) + 1))
    echo $job > "$CALLS/last"
    for task in $(seq 0 "$last"); do echo "$job $task $script"; done > "$CALLS/waiting"
    echo $job
    """,
    "squeue": """
    [ -s "$CALLS/waiting" ] || exit 0
    mv "$CALLS/waiting" "$CALLS/running"
    while read -r job task script; do
      SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$task sh "$script" >> "$CALLS/logs" 2>&1
    done < "$CALLS/running"
    """,
  ]) { $1 }

  @Test func aLimitOnSubmittedJobsMakesRunsWait() throws {
    try Workshop.with { workshop throws in
      let outcome = try sweep("--slurm bundle=1", in: workshop, programs: Self.small)
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(
        outcome.error.contains("Slurm takes no more jobs of yours for now (AssocMaxSubmitJobLimit"))
      #expect(outcome.output.contains("| AESM² |"))
      let sizes = try String(contentsOf: workshop["sizes"], encoding: .utf8)
        .split(separator: "\n").compactMap { Int($0) }
      // All four, then halves, of which one fits; the rest once that has ended.
      #expect(sizes.first == 4 && sizes.dropFirst().first == 2, "\(sizes)")
      let made = try FileManager.default.contentsOfDirectory(atPath: workshop["runs/slurm"].path)
        .filter { $0 != "lock" }
      #expect(made.count == 2, "\(made)")
    }
  }

  @Test func aTaskOutsideOfAJobSaysSo() throws {
    try Workshop.with { workshop throws in
      let program = try workshop.tool(
        "run-task nowhere --jobs 1 --warning 9 --requeue 0 --program x --data data --threads 1")
      #expect(program.status == 1 && program.error.contains("is build "), "\(program.error)")
      let build = try #require(program.error.firstMatch(of: /is build ([0-9a-f]{12}),/)).1
      let task =
        "--jobs 1 --warning 9 --requeue 0 --program \(build) --data data --threads 1"
      #expect(
        try workshop.failure("run-task nowhere \(task)").contains(
          "is not the folder of a submission"))
      try workshop.write(String(repeating: "0", count: 32) + "\n", to: "runs/slurm/x/runs.txt")
      #expect(
        try workshop.failure("run-task runs/slurm/x \(task)").contains(
          "SLURM_ARRAY_JOB_ID is not set"))
      #expect(
        try workshop.failure(
          "run-task runs/slurm/x \(task)",
          environment: ["SLURM_ARRAY_JOB_ID": "1", "SLURM_ARRAY_TASK_ID": "1"]
        ).contains("has 1 line, so there is no task 1"))
    }
  }
}

/// Lists of commands for other programs.
@Suite struct CommandListTests {
  /// Returns the rows of the table with the metrics, without those on time.
  private func table(_ output: String) -> String {
    String(output.prefix(upTo: output.range(of: "### Size")?.lowerBound ?? output.endIndex))
  }

  @Test func theShellExecutesTheListToTheTableOfALocalSweep() throws {
    try Workshop.with { workshop throws in
      let local = try workshop.tool("sweep experiment.yaml --store local")
      #expect(local.status == 0)
      let listing = "sweep experiment.yaml --launcher commands --commands list.txt"
      let listed = try workshop.tool(listing)
      #expect(listed.status == 0 && listed.output.isEmpty, "\(listed.error)")
      #expect(listed.error.contains("of 4 runs, 4 incomplete; run the same command again"))
      let list = try String(contentsOf: workshop["list.txt"], encoding: .utf8)
      let lines = list.split(separator: "\n")
      #expect(lines.count == 5 && lines[0].hasPrefix("# 4 runs of the experiment 'tiny'"))
      try workshop.write(lines.prefix(3).joined(separator: "\n"), to: "part.txt")
      #expect(try workshop.shell("sh part.txt").status == 0)
      #expect(try workshop.tool(listing).status == 0)
      let rest = try String(contentsOf: workshop["list.txt"], encoding: .utf8)
      #expect(rest.hasPrefix("# 2 runs"))
      #expect(rest.split(separator: "\n").dropFirst() == lines.dropFirst(3))
      #expect(try workshop.shell("cd / && sh \"$OLDPWD/list.txt\"").status == 0)
      let end = try workshop.tool("sweep experiment.yaml --launcher commands")
      #expect(end.status == 0 && table(end.output) == table(local.output), "\(end.error)")
    }
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/parallel"), "needs GNU parallel"))
  func parallelExecutesTheListInAFolderWithSpaces() throws {
    try Workshop.with { workshop throws in
      try workshop.write(
        try String(contentsOf: workshop["experiment.yaml"], encoding: .utf8).replacing(
          "{cache: data}", with: "{cache: ../data}"), to: "it's here/experiment.yaml")
      let outcome = try workshop.shell(
        """
        cd "it's here" && "$A" sweep experiment.yaml --launcher commands > list.txt \
          && parallel --will-cite -j2 < list.txt && "$A" sweep experiment.yaml
        """)
      #expect(outcome.status == 0 && outcome.output.contains("| AESM² |"), "\(outcome.error)")
    }
  }

  @Test func aFileThatCannotBeWrittenIsNamed() throws {
    try Workshop.with { workshop throws in
      let sentence = try workshop.failure(
        "sweep experiment.yaml --launcher commands --commands nowhere/list.txt")
      #expect(sentence.hasPrefix("1 ") && sentence.contains("not started: "), "\(sentence)")
      #expect(sentence.contains("nowhere/list.txt"))
    }
  }
}
