import ArgumentParser
import Configuration
import Datasets
import Foundation
import SyntheticData
import TensorCore

struct DataSynthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synth",
    abstract: "Generate a synthetic twin of a data set, with a known best reachable AUC.",
    discussion: """
      Recipes:
      \(SyntheticRecipe.all.map { "  \($0.id): \($0.summary)" }.joined(separator: "\n"))

      Settings for --set:
      \(SyntheticRecipe.settingLines.joined(separator: "\n"))

      Example:
        aesm2 data synth aliexpress --rows 300000 --set ctcvrMultiplier=10 \\
          --output cache/aliexpress
      """)

  @Argument(help: "The recipe.")
  var recipe: String

  @Option(help: "The total number of rows in all splits (default: the recipe's).")
  var rows: Int?

  @Option(help: "The random seed.")
  var seed: UInt64 = SyntheticRecipe.defaultSeed

  @Option(name: .customLong("set"), help: "A setting of the teacher, as name=value; repeatable.")
  var settings: [String] = []

  @Option(help: "The cache folder to write; an existing data set is replaced.")
  var output: String

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var memory: LimitedMemory

  func run() throws {
    if try memory.runInChild(writing: [output]) { return }
    threads.apply()
    let chosen = try blamingCommandLine {
      try SyntheticRecipe.named(
        recipe, overriding: try SettingAssignments(parsing: settings).values)
    }
    let production = DatasetProduction(parent: memory.parent)
    let dataset = try production.run {
      try chosen.generate(
        into: URL(fileURLWithPath: output), rows: rows ?? chosen.defaultRowCount, seed: seed
      ) { try production.report($0, of: $1) }
    }
    print(printable(DatasetDescription(dataset).description), terminator: "")
  }
}

extension SyntheticRecipe {
  /// The settings with their defaults: first those of all recipes, then those of single ones.
  fileprivate static var settingLines: [String] {
    let common = Set(SyntheticSettings.settings.map(\.name))
    let shared = SyntheticSettings.settings.map { setting in
      let other = all.filter { !$0.hasDefault(of: setting) }.compactMap { recipe in
        recipe.configuration[setting.name].map { "; \($0.description) for \(recipe.id)" }
      }
      let value = setting.defaultValue.description + other.joined()
      return "  \(setting.name) (\(value)): \(setting.summary)"
    }
    return shared
      + all.flatMap { recipe in
        recipe.settings.filter { !common.contains($0.name) }.map {
          "  \($0.name) (\($0.defaultValue.description), \(recipe.id) only): \($0.summary)"
        }
      }
  }

  private func hasDefault(of setting: SettingDeclaration) -> Bool {
    configuration[setting.name] == setting.defaultValue
  }
}
