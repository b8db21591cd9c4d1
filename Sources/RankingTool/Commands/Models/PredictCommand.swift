import ArgumentParser
import Experiments
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write the predictions of a run for the rows of a split.",
    discussion: """
      An .npy file is a NumPy array with one row per row of the split, in the cache's order, and one \
      column per task. A .csv file is a table with one line per row and task: scenario, group, task, \
      label and score, from which every metric can be computed. Log-odds, and probabilities as \
      float64, preserve the order of rows; probabilities as float32 may have ties.

      Example:
        aesm2 predict runs/first --data cache/aliexpress --split test \\
          --output test.npy
        aesm2 predict runs/first --data cache/aliexpress --split test \\
          --output test.csv --scores logit
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run-dir"))
  var runDir: String

  @OptionGroup var data: DataOptions

  @Option(help: "The split: validation or test.")
  var split: SplitChoice

  @Option(help: "The file to write.")
  var output: String

  @Option(help: "The format (default: csv if the file's name ends in .csv, else npy).")
  var format: PredictionFile?

  @Option(help: "The score: probability or logit (log-odds).")
  var scores = PredictionScore.probability

  @Option(name: .customLong("dtype"), help: "The number type of scores: float32 or float64.")
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
