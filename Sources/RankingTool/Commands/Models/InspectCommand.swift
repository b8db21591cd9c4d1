import ArgumentParser
import Configuration
import Experiments
import Foundation
import Training

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show which experts the gates of a trained model use, by scenario and task.",
    discussion: """
      The model predicts a split once more, and its gates are observed: mean weights, the experts that \
      rows select, how evenly experts are used, how much scenarios share them, and how similar the \
      experts' outputs are. docs/experts.md has the formulas. Nothing in the run folder changes.

      With --gradients, the gradients of tasks, scenarios or cells on the parameters that they share are \
      compared instead, on batches of the training split.

      Given a specification, the runs of its table are inspected on the test split, and written as \
      experts.jsonl into the folder of results, from which 'aesm2 report' adds tables and heat maps. \
      Runs without weights are named and left out; the exit status is then 1.

      Example:
        aesm2 inspect runs/first --data cache/aliexpress
        aesm2 inspect runs/first --data cache/aliexpress --json
        aesm2 inspect runs/first --data cache/aliexpress --gradients tasks
        aesm2 inspect experiments/quickstart.yaml --output results/quickstart
      """)

  @Argument(help: ArgumentHelp("The run folder, or a specification.", valueName: "run-dir|spec"))
  var subject: String

  @Option(help: "The cache folder of the data set of a run folder.")
  var data: String?

  @Option(help: "The split of a run folder: validation or test.")
  var split = SplitChoice.test

  @Option(help: "The greatest number of rows on which experts are compared; 0 for none.")
  var sample = 2048

  @Option(help: "Compare the gradients of tasks, scenarios or cells instead.")
  var gradients: BalanceAxis?

  @Option(help: "The number of training batches on which gradients are compared.")
  var batches = 16

  @Option(help: "The folder of runs of a specification.")
  var store = "runs"

  @Option(help: "The folder of results into which experts.jsonl of a specification is written.")
  var output: String?

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print JSON.")
  var json = false

  private var isSpecification: Bool {
    ["yaml", "yml"].contains(URL(fileURLWithPath: subject).pathExtension)
  }

  func validate() throws {
    try check(sample, named: "--sample", in: 0...1_000_000)
    try check(batches, named: "--batches", in: 1...1_000_000)
    if isSpecification {
      if data != nil || split != .test || json || gradients != nil {
        throw ValidationError(
          "--data, --split, --gradients and --json are for a run folder, not for a specification")
      }
      if output == nil {
        throw ValidationError("a specification needs --output, the folder of its results")
      }
    } else {
      if data == nil { throw ValidationError("a run folder needs --data, the cache of its data") }
      if output != nil { throw ValidationError("--output is for a specification") }
    }
  }

  func run() throws {
    try threads.applyForProducts()
    if let output { return try inspectExperiment(to: output) }
    let dataset = try DataOptions.parse(["--data", data ?? ""]).open()
    let trained = try TrainedRun(in: RunDirectory(path: subject), on: dataset)
    if let gradients {
      let conflict = try trained.gradientConflict(among: gradients, batchCount: batches)
      print(
        json
          ? conflict.configuration.canonicalJSON : printable(GradientListing(conflict).text))
      return
    }
    let inspection = try trained.inspection(on: split, sampleSize: sample)
    print(
      json
        ? inspection.configuration.canonicalJSON : printable(ExpertListing(inspection).text))
  }

  private func inspectExperiment(to folder: String) throws {
    let experiment = try ExperimentOptions(spec: subject, store: store)
    let specification = try experiment.specification()
    let outcomes = StoredOutcomes(in: experiment.runStore)
    var inspected = InspectedRuns()
    var problems: [String] = []
    for (_, part) in specification.parts {
      let dataset = try experiment.dataset(of: part)
      let results = try Results(of: try experiment.plan(of: part, on: dataset), in: outcomes)
      for line in results.lines
      where line.purpose == .result && line.outcome.record != nil
        && !line.outcome.configuration.isExternal && inspected[line.id] == nil
      {
        do {
          inspected[line.id] = try TrainedRun(
            in: experiment.runStore.directory(line.id), on: dataset
          ).inspection(on: .test, sampleSize: sample)
        } catch let error as Diagnostic { problems.append(error.description) }
      }
    }
    problems = outcomes.problems + problems
    guard inspected.count > 0 || !problems.isEmpty else {
      throw Diagnostic("no run of the table is done").at(store)
    }
    try createFolder(folder)
    let path = "\(folder)/\(InspectedRuns.fileName)"
    try AtomicFile.write(path, bytes: inspected.jsonLines.utf8)
    StandardError.say("\(counted(inspected.count, "run")) inspected in \(path)")
    guard problems.isEmpty else {
      problems.forEach(StandardError.say)
      throw ExitCode(1)
    }
  }
}

extension BalanceAxis: ExpressibleByArgument {}
