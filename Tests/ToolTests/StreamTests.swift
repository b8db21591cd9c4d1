import Foundation
import Testing

/// Standard streams that are full, closed or have lost their reader, and outputs that are no files.
@Suite struct StreamTests {
  private static let hasFullDevice = FileManager.default.fileExists(atPath: "/dev/full")

  private static let printing = [
    "models", "models aesm2 --json", "data describe data", "data describe data --json",
    "data lint data", "evaluate run --data data --split test", "status experiment.yaml --json",
    "report experiment.yaml", "--help", "help data", "data import --help",
    "train --data data --run-dir run --resume", "bench auc --rows 1000",
  ]

  @Test(.enabled(if: hasFullDevice, "there is no /dev/full"), arguments: printing)
  func aFullDiskUnderStandardOutputIsAFailure(command: String) throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell("mkdir runs; exec \"$A\" \(command) > /dev/full")
      #expect(outcome.status == 1)
      #expect(
        outcome.error == "aesm2: cannot write to standard output: No space left on device\n")
    }
  }

  @Test func aClosedStandardOutputIsAFailureAndNoFileTakesItsPlace() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        "\"$A\" data import schema.yaml --files files --output new >&-")
      #expect(outcome.status == 1)
      #expect(
        outcome.error.hasSuffix("aesm2: cannot write to standard output: Bad file descriptor\n"))
      #expect(try workshop.tool("data describe new --verify").status == 0)
    }
  }

  @Test func aReaderThatGoesAwayIsNoReasonToTalk() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        "(sleep 0.3; \"$A\" models; echo $? > status) | true; sleep 1; cat status")
      #expect(outcome.output == "141\n" && outcome.error.isEmpty)
    }
  }

  @Test(arguments: ["2> /dev/full", "2>&-"])
  func standardErrorThatCannotBeWrittenStopsNothing(redirection: String) throws {
    guard Self.hasFullDevice else { return }
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        """
        "$A" sweep experiment.yaml --jobs 2 \(redirection) || exit 1
        "$A" train --data data --model mmoe --set epochs=1 --run-dir new \(redirection)
        """)
      #expect(outcome.status == 0)
      #expect(workshop.has("new/record.json"))
    }
  }

  @Test func predictionsGoThroughLinksAndPipesAndToStandardOutput() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        """
        P="$A predict run --data data --split test --output"
        $P plain || exit 1
        mkfifo pipe; (cat pipe > got) & $P pipe || exit 2; wait
        echo old > target; ln -s target link; $P link || exit 3
        $P - > standard || exit 4
        $P - | cat > piped || exit 5
        $P /dev/stdout | cat > device || exit 6
        for f in got target standard piped device; do cmp plain $f || exit 7; done
        [ -p pipe ] && [ -L link ]
        """)
      #expect(outcome.status == 0, "\(outcome)")
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
      #expect(!names.contains { $0.contains("partial") })
    }
  }

  @Test func aFileBeyondTheSizeLimitIsASentence() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.shell(
        """
        ulimit -f 8
        "$A" train --data data --model shared-bottom --set epochs=1 --run-dir new
        """)
      #expect(outcome.status == 1)
      #expect(outcome.error.hasSuffix(": File too large\n"), "\(outcome.error)")
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop["new"].path)
      #expect(!names.contains { $0.contains("partial") }, "\(names)")
    }
  }

  @Test func aReportIsNotWrittenOverAnother() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.createDirectory(
        at: workshop["runs"], withIntermediateDirectories: true)
      #expect(try workshop.tool("report experiment.yaml --output own").status == 0)
      #expect(try workshop.tool("report experiment.yaml --output own").status == 0)
      try workshop.write("id: other\n" + Workshop.experiment.dropFirst(9), to: "other.yaml")
      #expect(
        try workshop.failure("report other.yaml --output own")
          == "1 aesm2: own: holds the report of the experiment 'tiny', not of 'other'; choose "
          + "another folder")
      #expect(
        try workshop.failure("report experiment.yaml --output files")
          == "1 aesm2: files: holds 'log.csv' and no report (it has no provenance.json); choose "
          + "another folder")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: workshop["files"].path) == ["log.csv"])
    }
  }

  @Test func weightsThatWereDeletedAreCalledMissing() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.removeItem(at: workshop["run/weights.safetensors"])
      #expect(
        try workshop.failure("evaluate run --data data --split test")
          == "1 aesm2: run/weights.safetensors: the file is missing, though the run is done")
    }
  }
}
