import ArgumentParser
import Experiments
import Ranking
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
    let width = terminalWidth()
    if training {
      let listing = SettingsListing(TrainingOptions.settings)
      print(json ? listing.value.canonicalJSON : listing.text(width: width))
    } else if let name {
      let description = ModelDescription(
        entry: try blamingCommandLine { try toolCatalog.entry(name) })
      print(json ? description.value.canonicalJSON : description.text(width: width))
    } else {
      print(json ? catalogValue.canonicalJSON : catalogText(width: width))
    }
  }

  private var catalogValue: ConfigurationValue {
    .list(toolCatalog.entries.map { ModelDescription(entry: $0).cardValue })
  }

  private func catalogText(width: Int) -> String {
    let models = toolCatalog.entries.map { entry in
      entry.card.id + "\n"
        + wrapped("\(entry.card.title): \(entry.card.paper)", width: width, indent: 4)
    }
    return models.joined(separator: "\n")
      + "\n\nAll settings of one model: aesm2 models NAME"
  }
}
