import ArgumentParser
import Experiments
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write what a run predicts for the rows of a split.",
    discussion: """
      An .npy file is a NumPy array with one row per row of the split, in the cache's order, and one \
      column per task. A .csv file is a table with one line per row and task, and has scenario, \
      group, task and label beside the score: every metric can be computed from it. Log-odds, or \
      probabilities as float64, keep the order of all rows; probabilities as float32 may tie.

      Example:
        aesm2 predict runs/first --data cache/aliexpress --split test \\
          --output test.npy
        aesm2 predict runs/first --data cache/aliexpress --split test \\
          --output test.csv --scores logit
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "run-dir"))
  var runDir: String

  @OptionGroup var data: DataOptions

  @Option(help: "The split: validation or test.")
  var split: SplitChoice

  @Option(help: "The file to write.")
  var output: String

  @Option(help: "The format; by default csv where the file's name ends in .csv, else npy.")
  var format: PredictionFile?

  @Option(help: "What is written: probability or logit (log-odds).")
  var scores = PredictionScore.probability

  @Option(name: .customLong("dtype"), help: "The type of the scores: float32 or float64.")
  var type = PredictionType.float32

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    try threads.applyForProducts()
    let trained = try TrainedRun(in: RunDirectory(path: runDir), on: try data.open())
    let format = format ?? (output.lowercased().hasSuffix(".csv") ? .csv : .npy)
    try format.write(try trained.evaluation(on: split), as: scores, type: type, to: output)
  }
}

extension PredictionFile: ExpressibleByArgument {}
extension PredictionScore: ExpressibleByArgument {}
extension PredictionType: ExpressibleByArgument {}
