import ArgumentParser
import Configuration
import Experiments
import Foundation
import Ranking
import Reporting
import TensorCore
import Training

struct SiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site",
    abstract: "Build a folder of web pages about all results.",
    discussion: """
      The index has a leaderboard of models by experiments; every folder of results with a runs.jsonl \
      gets its report, with figures and their data, and every model and balancer a page. Nothing is \
      read but the records and the specifications, and no page needs a network.

      Example:
        aesm2 site --results results --experiments experiments --output site
      """)

  @Option(help: "The folder with a folder of results per experiment.")
  var results = "results"

  @Option(help: "The folder of specifications, whose files and ids are named as their results.")
  var experiments = "experiments"

  @Option(help: "Write the pages into this folder.")
  var output: String

  func run() throws {
    Parallelism.use(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    let catalog = RankingTool.catalog
    let found = try names().map { name in
      let spec = "\(experiments)/\(name).yaml"
      let specification = try ExperimentSpecification(
        contentsOf: spec, catalog: catalog, training: ExperimentOptions.training)
      try check(specification.id, of: spec, against: name)
      let records = "\(results)/\(name)/runs.jsonl"
      do {
        return try Site.Experiment(
          specification: specification, results: try Results(contentsOf: records),
          catalog: catalog, path: spec)
      } catch let error as Diagnostic {
        throw error.place.first?.hasPrefix(records) == true ? error : error.at(records)
      }
    }
    let site = try Site(
      experiments: found,
      models: catalog.entries.map { Site.Method(card: $0.card, settings: $0.settings) },
      balancers: balancerCatalog.map { Site.Method(card: $0.card, settings: $0.settings) })
    try site.write(to: output)
    print(
      "\(counted(site.files.count, "file")) on \(counted(found.count, "experiment")) in \(output)")
  }

  /// Refuses an id that is not the name of its folder of results, or that is the name of a folder of
  /// other pages: pages of one experiment would take the place of others.
  private func check(_ id: String, of spec: String, against folder: String) throws {
    guard id == folder else {
      throw Diagnostic("has the id '\(id)', but its folder of results is '\(folder)'").at(spec)
    }
    guard !Site.methodFolders.contains(id) else {
      throw Diagnostic("has the id '\(id)', which is the name of a folder of pages of the site")
        .at(spec)
    }
  }

  /// Returns the names of the folders of results, in order.
  private func names() throws -> [String] {
    let all: [String]
    do { all = try FileManager.default.contentsOfDirectory(atPath: results).sorted() } catch {
      throw Diagnostic(cannot: "read the folder", results)
    }
    let names = all.filter {
      FileManager.default.fileExists(atPath: "\(results)/\($0)/runs.jsonl")
    }
    guard !names.isEmpty else {
      throw Diagnostic("no folder in it has a runs.jsonl, so there are no results").at(results)
    }
    return names
  }
}
