import ArgumentParser
import Experiments
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Evaluate the best weights of a run on a split.",
    discussion: """
      Example:
        aesm2 evaluate runs/first --data cache/aliexpress --split validation
        aesm2 evaluate runs/first --data cache/aliexpress --split test --json
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run-dir"))
  var runDir: String

  @OptionGroup var data: DataOptions

  @Option(help: "The split: validation or test.")
  var split: SplitChoice

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try threads.applyForProducts()
    let dataset = try data.open()
    let trained = try TrainedRun(in: RunDirectory(path: runDir), on: dataset)
    let grid = try trained.evaluation(on: split).grid
    print(
      json
        ? grid.configuration.canonicalJSON
        : printable(
          MetricListing(grid: grid, ceilings: split == .test ? dataset.ceilings : nil).text))
  }
}

/// The splits on which a trained model may be evaluated.
enum SplitChoice: String, CaseIterable, ExpressibleByArgument {
  case validation, test
}
