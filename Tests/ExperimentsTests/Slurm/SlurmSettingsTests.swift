import Configuration
import ExperimentsTestKit
import TestKit
import Testing

// Internal: the batch script and the bundles are read by Slurm and by tasks, not by programs.
@testable import Experiments

@Suite struct SlurmSettingsTests {
  @Test func readsTheBlockOfASpecification() throws {
    let slurm = try specification(
      searchYAML + """

        slurm:
          time: 01:30:00
          memory: 4G
          partition: short
          cores: 8
          throttle: 20
          requeue: 0
          bundle: 5
          signal: B:USR2@300
          sbatch: {qos: long, exclusive: true, nice: 10}
          setup: [module load gcc, ulimit -n 4096]
        """
    ).slurm
    #expect(slurm.time == SlurmTime(seconds: 5400))
    #expect(slurm.memory == "4G" && slurm.partition == "short" && slurm.account == nil)
    #expect(slurm.cores == 8 && slurm.throttle == 20 && slurm.requeue == 0)
    #expect(slurm.bundle == .fixed(5))
    #expect(slurm.warning.signal == "USR2" && slurm.warning.seconds == 300)
    #expect(slurm.options == ["qos": "long", "exclusive": "", "nice": "10"])
    #expect(slurm.setup == ["module load gcc", "ulimit -n 4096"])
  }

  @Test func affectsNoRun() throws {
    let with = try plan(try specification(searchYAML + "\nslurm: {time: 10}"))
    let without = try plan(try specification(searchYAML))
    #expect(try with.runs { _ in nil } == without.runs { _ in nil })
  }

  @Test(arguments: [
    ("{tyme: 10}", "toy.yaml:14: slurm.tyme: unknown key 'tyme'; did you mean 'time'?"),
    ("{time: soon}", "toy.yaml:14: slurm.time: must be a time limit such as"),
    ("{time: 0}", "slurm.time: must be a time limit"),
    ("{time: UNLIMITED}", "slurm.time: must be a time limit"),
    ("{memory: 4GB}", "slurm.memory: must be a number of megabytes"),
    ("{throttle: 0}", "slurm.throttle: must be a whole number from 1"),
    ("{bundle: all}", "slurm.bundle: must be a whole number from 1 to 100000, or auto"),
    ("{signal: KILL@10}", "slurm.signal: must be USR1, USR2 or TERM"),
    ("{signal: USR1@70000}", "slurm.signal: must be USR1, USR2 or TERM"),
    ("{partition: \"a\\nb\"}", "slurm.partition: must be text of one line"),
    ("{sbatch: {array: 1-3}}", "slurm.sbatch: array: is set by aesm2 itself; give 'throttle'"),
    ("{sbatch: {output: x}}", "slurm.sbatch: output: is set by aesm2 itself"),
    ("{sbatch: {Q: x}}", "slurm.sbatch: Q: is not the long name of an option"),
    ("{sbatch: {exclusive: false}}", "slurm.sbatch: exclusive: must be a value"),
    ("{sbatch: qos}", "slurm.sbatch: must be a mapping of options"),
    ("{setup: [1]}", "slurm.setup: must be lines of shell"),
    ("10", "slurm: must be a mapping"),
  ])
  func refusesWhatSlurmWouldNotUnderstand(block: String, sentence: String) {
    let error = #expect(throws: Diagnostic.self) {
      try specification(searchYAML + "\nslurm: " + block)
    }
    #expect(error?.description.contains(sentence) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("90", 5400), ("01:30", 90), ("01:30:00", 5400), ("1-6", 108_000), ("1-06:30", 109_800),
    ("2-00:00:05", 172_805),
  ])
  func readsTimesAsSlurmDoes(text: String, seconds: Int) {
    #expect(SlurmTime(text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "-", "1:2:3:4", "1-2:3:4:5", "+5", "-5", "1-", "99999999999", "9999999999-1",
  ])
  func refusesOtherTimes(text: String) { #expect(SlurmTime(text) == nil) }

  @Test func writesTimesAsItReadsThem() {
    for seconds in [1, 59, 60, 3599, 86_399, 86_400, 1_000_000] {
      #expect(SlurmTime(SlurmTime(seconds: seconds).text)?.seconds == seconds)
    }
  }

  private func settings(_ values: [String: ConfigurationValue]) throws -> SlurmSettings {
    var settings = SlurmSettings()
    for (key, value) in values { try settings.set(key, to: value) }
    return settings
  }

  @Test func nothingIsSubmittedWithoutATimeLimit() throws {
    let error = #expect(throws: Diagnostic.self) {
      try settings([:]).checkThatTheySuffice(threads: 1)
    }
    #expect(error?.description.contains("--slurm time=01:00:00") == true)
  }

  @Test(
    arguments: [
      ["time": .integer(2)], ["time": .integer(10), "signal": .string("USR1@600")],
      ["time": .integer(10), "cores": .integer(2)],
    ] as [[String: ConfigurationValue]])
  func contradictionsAreFoundBeforeTheFirstJob(values: [String: ConfigurationValue]) throws {
    let settings = try settings(values)
    #expect(throws: Diagnostic.self) { try settings.checkThatTheySuffice(threads: 4) }
  }
}

@Suite struct SlurmScriptTests {
  @Test func saysEverythingThatSlurmHasToKnow() throws {
    var settings = SlurmSettings()
    for (key, value) in [
      ("time", .string("01:00:00")), ("memory", .string("4G")), ("partition", .string("my part")),
      ("throttle", .integer(2)), ("setup", .list([.string("module load gcc")])),
      ("sbatch", .object(["comment": .string("say \"hi\"\\")])),
    ] as [(String, ConfigurationValue)] {
      try settings.set(key, to: value)
    }
    let script = SlurmScript(
      experiment: "toy", settings: settings, taskCount: 5, cores: 4,
      folder: "/my store/100%/slurm/aesm2-toy-1", command: RunCommand(["/bin/my tool", "x's"]))
    let lines = script.text.split(separator: "\n").map(String.init)
    #expect(lines.first == "#!/bin/bash")
    #expect(
      lines.filter { $0.hasPrefix("#SBATCH ") } == [
        "#SBATCH --job-name=aesm2-toy-1", "#SBATCH --array=0-4%2", "#SBATCH --time=01:00:00",
        "#SBATCH --nodes=1", "#SBATCH --ntasks=1", "#SBATCH --cpus-per-task=4", "#SBATCH --mem=4G",
        "#SBATCH --partition=\"my part\"", "#SBATCH --signal=B:USR1@120", "#SBATCH --requeue",
        "#SBATCH --open-mode=append",
        "#SBATCH --output=\"/my store/100%%/slurm/aesm2-toy-1/%A_%a.log\"",
        #"#SBATCH --comment="say \"hi\"\\""#,
      ])
    #expect(Array(lines.suffix(2)) == ["module load gcc", #"exec '/bin/my tool' 'x'\''s'"#])
  }
}

@Suite struct RunBundlesTests {
  @Test func shortRunsShareATaskAndLongOnesDoNot() {
    let bundles = RunBundles(concurrency: 2, target: 60)
    #expect(
      bundles([10, 10, 30, 70, 20, 100, 100, 5]) { $0 }
        == [[10, 10, 30, 70], [20, 100], [100, 5]])
    #expect(bundles([1, 1, 1]) { $0 } == [[1, 1, 1]])
    #expect(bundles([Double]()) { $0 }.isEmpty)
  }

  @Test func withoutKnownDurationsATaskHasOneRunPerSlot() {
    #expect(
      RunBundles(concurrency: 2, target: 60)([1, 2, 3, 4, 5]) { _ in nil } == [
        [1, 2], [3, 4], [5],
      ])
  }

  @Test func durationsAreThoseOfTheSameModel() throws {
    var durations = RunDurations()
    #expect(durations.seconds(ofModel: "alpha") == nil)
    for run in try plan(try specification(searchYAML)).runs(outcome: { _ in nil }) {
      var record = fakeRecord(run.configuration)
      record.timing.secondsPerEpoch = run.configuration.model == "alpha" ? 10 : 1
      durations.add(record)
    }
    // Two epochs each; six runs of alpha and three of beta.
    #expect(durations.seconds(ofModel: "alpha") == 20)
    #expect(durations.seconds(ofModel: "beta") == 2)
    #expect(durations.seconds(ofModel: "gamma") == 14)
  }
}
