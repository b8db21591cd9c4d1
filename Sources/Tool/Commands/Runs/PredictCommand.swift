import ArgumentParser
import Datasets
import Experiments
import Ranking
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write the probabilities that a run predicts for the rows of a split.",
    discussion: """
      The file is a NumPy array of 32-bit floats with one row per row of the split, in the cache's \
      order, and one column per task.

      Example:
        aesm2 predict runs/first --data cache/aliexpress --split test \\
          --output test.npy
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "run-dir"))
  var runDir: String

  @OptionGroup var data: DataOptions

  @Option(help: "The split: validation or test.")
  var split: SplitChoice

  @Option(help: "The file to write.")
  var output: String

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threads.apply()
    let trained = try TrainedRun(in: RunDirectory(path: runDir), on: try data.open())
    try NumPyFile.write(try trained.evaluation(on: split).probabilities, to: output)
  }
}
