import ArgumentParser
import Training

struct OptimizersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimizers",
    abstract: "List the update rules of weights, or describe one.",
    discussion: """
      A run uses one by its training settings, on any model: --set optimizer=adagrad. What a rule reads \
      beside the settings that are listed for it (learningRate, momentum, beta1, beta2, epsilon, \
      weightDecay, embeddingWeightDecay) is set the same way.

      Example:
        aesm2 optimizers
        aesm2 optimizers adamw
        aesm2 optimizers adagrad --json
      """)

  @Argument(help: "The optimizer to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let optimizers = optimizerCatalog.map { MethodDescription($0) }
    print(
      try blamingCommandLine {
        try optimizers.listing(of: "optimizer", name: name, json: json, command: "optimizers")
      })
  }
}
