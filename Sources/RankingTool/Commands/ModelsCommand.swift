import ArgumentParser
import Experiments
import Training

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the models, or describe one with its hyper-parameters.",
    discussion: """
      Example:
        aesm2 models
        aesm2 models aesm2
        aesm2 models mmoe --json
        aesm2 models --training
      """)

  @Argument(help: "The model to describe.")
  var name: String?

  @Flag(help: "Describe the settings of the trainer, which all models share.")
  var training = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if training, name != nil {
      throw ValidationError("give the name of a model or --training, not both")
    }
  }

  func run() throws {
    if training {
      let listing = SettingsListing(TrainingOptions.settings)
      print(json ? listing.value.canonicalJSON : listing.text(width: terminalWidth()))
    } else {
      let models = RankingTool.catalog.entries.map { MethodDescription($0) }
      print(
        try blamingCommandLine {
          try models.listing(of: "model", name: name, json: json, command: "models")
        })
    }
  }
}
