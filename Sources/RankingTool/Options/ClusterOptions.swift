import ArgumentParser
import Configuration
import Experiments

/// The options of launchers that hand runs to other programs.
struct ClusterOptions: ParsableArguments {
  @Option(
    name: .customLong("slurm"),
    help: ArgumentHelp(
      "A setting of Slurm, in place of the specification's: \(SlurmSettings.keys.joined(separator: ", ")).",
      valueName: "key=value"))
  var slurm: [String] = []

  @Flag(help: "Submit the missing runs to Slurm and exit; sweep again to collect.")
  var detach = false

  @Flag(help: "Print what would be submitted to Slurm, and submit nothing.")
  var dryRun = false

  @Option(help: "The file that --launcher commands writes; - for standard output.")
  var commands = "-"

  /// Returns the settings of a specification with those of the command line in their place.
  func settings(replacing settings: SlurmSettings) throws -> SlurmSettings {
    var settings = settings
    for (key, value) in try SettingAssignments(parsing: slurm).values.sorted(by: { $0.key < $1.key }
    ) {
      try locating("--slurm \(key)") { try settings.set(key, to: value) }
    }
    return settings
  }
}
