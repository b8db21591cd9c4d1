import Foundation
import Testing

/// Experiments that cannot be read, and runs of sweeps that fail.
@Suite struct ExperimentFailureTests {
  /// Changes to the specification, and what is said of them.
  static let damages: [(text: String, other: String, sentence: String)] = [
    ("seeds: 2", "seed: 2", "experiment.yaml:9: seed: unknown key 'seed'; did you mean 'seeds'?"),
    ("seeds: 2", "seeds: [3, 1, 3]", "experiment.yaml:9: seeds: lists a seed twice"),
    ("seeds: 2", "seeds: 0", "experiment.yaml:9: seeds: must be a whole number from 1 to 1000"),
    (
      "- id: aesm2", "- id: aesm3",
      "experiment.yaml:5: models[2].id: unknown model 'aesm3'; did you mean 'aesm2'?"
    ),
    (
      "embeddingSize: 4", "embedingSize: 4",
      "experiment.yaml:7: settings.embedingSize: unknown hyper-parameter"
    ),
    (
      "embeddingSize: 4", "embeddingSize: many",
      "experiment.yaml:7: settings.embeddingSize: must be a whole number"
    ),
    ("epochs: 3", "epoch: 3", "experiment.yaml:8: training.epoch: unknown hyper-parameter"),
    (
      "metrics: [auc]", "metrics: [acu]",
      "experiment.yaml:10: metrics[1]: unknown metric 'acu'; did you mean 'auc'?"
    ),
    ("trials: 1", "trials: 4", "experiment.yaml:1: 'AESM²' has a search budget of 4 runs, but"),
    (
      "strategy: random", "strategy: guess", "experiment.yaml:6: models[2].search.strategy: unknown"
    ),
    ("{cache: data}", "{cache: data", ": is not YAML: "),
    ("{cache: data}", "{cache: nowhere}", "nowhere: there is no data set cache"),
    (
      "{cache: data}", "{cache: new, synthetic: {recipe: aliexpres}}",
      "unknown synthetic data set 'aliexpres'; did you mean 'aliexpress'?"
    ),
  ]

  @Test(arguments: damages.indices)
  func damagedSpecification(index: Int) throws {
    try Workshop.with { workshop throws in
      let (text, other, expected) = Self.damages[index]
      try workshop.replace(text, with: other, in: "experiment.yaml")
      for command in ["sweep", "status", "report"] {
        let sentence = try workshop.failure("\(command) experiment.yaml")
        #expect(sentence.hasPrefix("1 aesm2: ") && sentence.contains(expected), "\(sentence)")
        #expect(!sentence.contains("\n"))
      }
      #expect(!workshop.has("runs"))
    }
  }

  @Test func missingSpecificationAndRecords() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("sweep nowhere.yaml")
          == "1 aesm2: nowhere.yaml: there is no such file, or it may not be read")
      #expect(
        try workshop.failure("report experiment.yaml --records nowhere.jsonl")
          == "1 aesm2: nowhere.jsonl: there is no such file, or it may not be read")
      try workshop.write("{}\nnonsense\n", to: "runs.jsonl")
      #expect(
        try workshop.failure("report experiment.yaml --records runs.jsonl")
          .hasPrefix("1 aesm2: runs.jsonl:1: "))
    }
  }

  @Test func aReportDoesNotLoseTheRecordsOfAnother() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("report experiment.yaml --store nowhere --output results")
          == "1 aesm2: nowhere: there is no such store of runs; name it with --store, or run a sweep first"
      )
      #expect(!workshop.has("results"))
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      try workshop.tool("report experiment.yaml --output results")
      let records = try workshop.bytes("results/runs.jsonl")
      let table = try workshop.bytes("results/table.md")
      for (command, count) in [
        ("report experiment.yaml --store empty --output results", 4),
        ("report fewer.yaml --output results", 2),
      ] {
        try FileManager.default.createDirectory(
          at: workshop["empty"], withIntermediateDirectories: true)
        try workshop.write(
          String(contentsOf: workshop["experiment.yaml"], encoding: .utf8)
            .replacing("seeds: 2", with: "seeds: 1"), to: "fewer.yaml")
        let sentence = try workshop.failure(command)
        #expect(sentence.hasPrefix("1 aesm2: results/runs.jsonl: has \(count) of "), "\(sentence)")
        #expect(sentence.hasSuffix("write to another folder, or add --drop-runs"))
        #expect(try workshop.bytes("results/runs.jsonl") == records)
        #expect(try workshop.bytes("results/table.md") == table)
      }
      try workshop.write("nonsense\n", to: "results/runs.jsonl")
      #expect(
        try workshop.failure("report experiment.yaml --output results")
          .hasSuffix("to replace the report all the same, add --drop-runs"))
      try records.write(to: workshop["results/runs.jsonl"])
      #expect(try workshop.tool("report fewer.yaml --output results --drop-runs").status == 0)
      #expect(try workshop.bytes("results/runs.jsonl") != records)
    }
  }

  /// The folder tells whose report it was to be, so it can be written again.
  @Test func aReportThatCouldNotBeFinishedIsWrittenAgain() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      // No file may be longer than 2 KiB, as on a full disk.
      let full = try workshop.shell(
        """
        trap '' XFSZ
        ulimit -f 2
        "$A" report experiment.yaml --output results
        """)
      #expect(full.status == 1 && full.error.contains("cannot write"), "\(full.error)")
      #expect(workshop.has("results/provenance.json") && !workshop.has("results/runs.jsonl"))
      #expect(try workshop.tool("report experiment.yaml --output results").status == 0)
      #expect(
        try workshop.tool("report experiment.yaml --output results --check results").status == 0)
    }
  }

  @Test func failedRunStaysVisibleAndTheOthersFinish() throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        "  - id: shared-bottom",
        with: "  - {id: shared-bottom, training: "
          + "{optimizer: sgd, learningRate: 100, taskWeights: [1e6, 1e6]}}",
        in: "experiment.yaml")
      try workshop.replace(
        "    search: {strategy: random, trials: 1}\n", with: "", in: "experiment.yaml")
      let outcome = try workshop.tool("sweep experiment.yaml --jobs 2")
      #expect(outcome.status == 1)
      #expect(
        outcome.error.contains("aesm2: Shared-Bottom, seed 1: failed: step "), "\(outcome.error)")
      #expect(outcome.output.contains("| AESM² |"))
      let status = try workshop.tool("status experiment.yaml")
      #expect(status.output.contains("2 of 4 runs done"))
      #expect(status.output.contains("failed: Shared-Bottom, seed 2: step "))
    }
  }

  @Test(arguments: [
    (
      "settings: {head: esmm}",
      "Shared-Bottom: head is esmm, which needs a task that follows another, but none of 'click', 'buy' "
        + "does; a schema says so by 'follows'"
    ),
    (
      "training: {taskWeights: [1, 1, 1]}",
      "Shared-Bottom: taskWeights has 3 numbers, but the problem has 2 tasks (click, buy)"
    ),
    (
      "training: {groups: {gates: {learningRate: 0.1}}}",
      "Shared-Bottom: unknown parameter group 'gates'"
    ),
    (
      "training: {monitor: auc/sale}",
      "training.monitor of 'Shared-Bottom': unknown metric 'auc/sale'"
    ),
    (
      "search: {strategy: grid, model: {head: [independent, esmm]}}",
      "Shared-Bottom, trial 1: head is esmm, which needs"
    ),
  ])
  func whatDoesNotSuitTheDataIsRefusedBeforeTheFirstRun(setting: String, sentence: String) throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        "  - id: shared-bottom", with: "  - {id: shared-bottom, \(setting)}", in: "experiment.yaml")
      try workshop.replace("seeds: 2", with: "seeds: 2\nbudgetNote: a test", in: "experiment.yaml")
      let failure = try workshop.failure("sweep experiment.yaml")
      #expect(failure.hasPrefix("1 aesm2: \(sentence)"), "\(failure)")
      #expect(!failure.contains("\n"))
      #expect(!workshop.has("runs"))
    }
  }

  @Test func aSelectionMetricWithoutAValueIsRefusedBeforeTheFirstTrial() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("group: user\n", with: "", in: "schema.yaml")
      #expect(try workshop.tool("data import schema.yaml --files files --output plain").status == 0)
      try workshop.replace("{cache: data}", with: "{cache: plain}", in: "experiment.yaml")
      try workshop.replace("trials: 1", with: "trials: 2", in: "experiment.yaml")
      try workshop.replace("seeds: 2", with: "seeds: 2\nbudgetNote: a test", in: "experiment.yaml")
      try workshop.replace(
        "metrics: [auc]", with: "metrics: [auc]\nselection: {metric: gauc/macro}",
        in: "experiment.yaml")
      #expect(
        try workshop.failure("sweep experiment.yaml")
          == "1 aesm2: selection.metric: the metric 'gauc/macro' is not defined on the validation "
          + "split: its rows have no groups")
      #expect(!workshop.has("runs"))
    }
  }

  @Test func oneDamagedRecordDoesNotHideTheOthers() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let status = try workshop.tool("status experiment.yaml").output
      #expect(status.contains("repetitions") && status.contains("2/2"))
      let run = try #require(
        try FileManager.default.contentsOfDirectory(atPath: workshop["runs"].path).sorted().first)
      let record = "runs/\(run)/record.json"
      let text = try String(contentsOf: workshop[record], encoding: .utf8)
      let auc = try #require(text.firstMatch(of: /"auc":0\.[0-9]+/)).0
      try workshop.replace(String(auc), with: "\"auc\":7.5", in: record)
      let sentence = "\(record): test: cell '"
      let damaged = try workshop.tool("status experiment.yaml")
      #expect(damaged.status == 0 && damaged.output.contains("damaged: \(sentence)"))
      #expect(damaged.output.contains("3 of 4 runs done"))
      let report = try workshop.tool("report experiment.yaml")
      #expect(report.status == 1 && report.output.contains("| AESM² |"))
      #expect(report.error.contains("aesm2: \(sentence)") && report.error.contains(", but is 7.5"))
      #expect(report.error.contains("aesm2: 1 run left out of the report"))
      #expect(!report.output.contains("7.5"))
      let watch = try workshop.tool("report experiment.yaml --html page.html --watch")
      #expect(watch.status == 1 && watch.error.contains("aesm2: 3 of 4 runs done"))
      #expect(watch.error.contains("aesm2: \(sentence)"))
      #expect(watch.error.hasSuffix("aesm2: 1 run left out of the report\n"))
      let sweep = try workshop.tool("sweep experiment.yaml")
      #expect(sweep.status == 1 && sweep.output.contains("| AESM² |"))
      #expect(
        sweep.error.contains("the experiment is not complete: of 4 runs, 1 damaged"))
    }
  }

  @Test func theCommandForAllTablesCanBePasted() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.moveItem(
        at: workshop["experiment.yaml"], to: workshop["my experiment's.yaml"])
      let outcome = try ToolBinary.run(
        ["sweep", "my experiment's.yaml", "--store", "my runs"], in: workshop.folder,
        environment: [:])
      #expect(
        outcome.output.contains(
          #"All tables: aesm2 report 'my experiment'\''s.yaml' --store 'my runs'"#))
    }
  }

  @Test func reportThatDiffersIsFound() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      try workshop.tool("report experiment.yaml --output results")
      let again = "report experiment.yaml --records results/runs.jsonl --check results"
      #expect(try workshop.failure(again) == "0 ")
      try workshop.replace("| AESM² |", with: "| AESM |", in: "results/table.md")
      #expect(
        try workshop.failure(again)
          == "1 aesm2: results: the report has other bytes in table.md")
    }
  }
}
