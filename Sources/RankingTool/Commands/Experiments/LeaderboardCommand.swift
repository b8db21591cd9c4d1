import ArgumentParser
import Configuration
import Experiments
import Foundation
import Reporting
import Training

struct LeaderboardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaderboard",
    abstract: "Rank the models that several results have in common.",
    discussion: """
      Every results folder is one data set, in which rows are ranked by their mean over seeds on the \
      test split. With five data sets and three models or more, Friedman's test, by permutation too, and \
      the critical difference of Nemenyi tell whether ranks differ; with fewer, the share of wins \
      stands alone.

      Example:
        aesm2 leaderboard results/us-flights results/kuairand-pure \\
          results/aliexpress-twin
        aesm2 leaderboard results/us-flights results/kuairand-pure --figure wins.svg
      """)

  @Argument(help: "Two or more results folders or files, each of one data set.")
  var results: [String]

  @Option(help: "The number by which models are ranked.")
  var metric = "auc/macro"

  @Option(
    help:
      "Write the critical-difference diagram into this SVG file, or the wins where there is none.")
  var figure: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard results.count > 1 else {
      throw ValidationError("give the results of two or more data sets, not of \(results.count)")
    }
  }

  func run() throws {
    let name = try blamingCommandLine { try MetricName(metric) }
    let sources = try results.map {
      (name: $0, runs: try RunCollection.reportingProblems(of: [$0]))
    }
    let board = try Leaderboard(sources, name)
    if let figure, let drawing = board.rankDiagram?.drawing() ?? board.winMap.drawing() {
      try AtomicFile.write(figure, bytes: drawing.svg.utf8)
    }
    let listing = LeaderboardListing(board)
    print(json ? listing.value.canonicalJSON : printable(listing.text))
  }
}
