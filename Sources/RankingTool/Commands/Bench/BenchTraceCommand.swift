import ArgumentParser
import Foundation

struct BenchTraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Write the first training steps of a model, to compare implementations.",
    discussion: """
      Dropout and gate noise are off. Writes weights.safetensors (before the first step), \
      batches.safetensors, gradients.safetensors (of the first step) and trace.json (the losses).

      Example:
        aesm2 bench trace --model aesm2 --steps 10 --output trace
      """)

  @OptionGroup var workload: WorkloadOptions

  @Option(help: "The number of steps.")
  var steps = 10

  @Option(help: "The output folder.")
  var output: String

  @OptionGroup var threads: ThreadOptions

  func validate() throws { try check(steps, named: "--steps", in: 1...1000) }

  func run() throws {
    try threads.applyForProducts()
    try StepTrace(try workload.workload(), steps: steps)
      .write(to: URL(fileURLWithPath: output))
  }
}
