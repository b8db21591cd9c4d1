import ArgumentParser
import Configuration
import Experiments
import Foundation
import Reporting
import Training

struct HabitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "habits",
    abstract: "Show how common reporting practices would change the ranking of models.",
    discussion: """
      The runs of every results folder are judged again by one seed, by the best seed, by the rows of \
      all scenarios together, and by trials selected on the test split. The tables say how many pairs \
      of rows change places against the means over seeds and scenarios, with settings chosen on \
      validation rows, and which row would be first.

      Example:
        aesm2 habits results/kuairand-pure
        aesm2 habits results/kuairand-pure results/us-flights --figure habits.svg
      """)

  @Argument(help: "Results folders or files, each of one table.")
  var results: [String]

  @Option(help: "The metric by which models are ordered.")
  var metric = "auc"

  @Option(help: "Write the shares of pairs that change places into this SVG file.")
  var figure: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let measure = try blamingCommandLine { try Metric(id: metric) }
    let sources = try results.map {
      (name: $0, runs: try RunCollection.reportingProblems(of: [$0]))
    }
    let judged = try ReportingHabits(sources, measure)
    if let figure, let drawing = judged.flipMap.drawing() {
      try AtomicFile.write(figure, bytes: drawing.svg.utf8)
    }
    let listing = HabitsListing(judged)
    print(json ? listing.value.canonicalJSON : printable(listing.text))
  }
}
