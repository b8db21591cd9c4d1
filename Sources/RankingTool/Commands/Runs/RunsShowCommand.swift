import ArgumentParser
import Configuration
import Experiments

struct RunsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show everything about one run.",
    discussion: """
      Prints the configuration, the course of training, the metrics of every task and scenario, the \
      provenance and the files. The first digits of the id suffice if no other run has them.

      Example:
        aesm2 runs show 862e --from results/kuairand-pure
        aesm2 runs show 862e --from results/kuairand-pure --json
      """)

  @Argument(help: "The id of the run, or its first digits.")
  var id: String

  @OptionGroup var source: RunSourceOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let run = try source.runs().run(id)
    let description = RunDescription(of: run)
    print(json ? try description.value().canonicalJSON : printable(try description.text()))
  }
}
