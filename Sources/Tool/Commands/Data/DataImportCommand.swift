import ArgumentParser
import Datasets
import Experiments
import Foundation

struct DataImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a data set from CSV files, as a schema says.",
    discussion: """
      The schema is a YAML file; docs/data-formats.md describes its keys. What the lint finds is \
      printed at the end.

      Example:
        aesm2 data import datasets/us-flights.yaml --files downloads --output cache/us-flights
      """)

  @Argument(help: "The schema, a YAML file.")
  var schema: String

  @Option(help: "The folder with the files that the schema names.")
  var files: String

  @Option(help: "The cache folder to make; a data set that is there is replaced.")
  var output: String

  func run() throws {
    let stop = StopSignal.interrupt()
    let importer = DatasetImporter(
      schema: try DatasetSchema.load(yaml: URL(fileURLWithPath: schema)),
      root: URL(fileURLWithPath: files))
    let progress = ProgressLine(unit: "rows")
    do {
      let dataset = try importer.run(into: URL(fileURLWithPath: output)) { news in
        if stop.isRequested { throw Interruption.exitCode }
        progress.update(
          done: news.rowCount, of: news.totalRowCount ?? 0, speed: news.phase.rawValue)
      }
      progress.clear()
      print(DatasetListing(dataset).text)
    } catch let code as ExitCode {
      progress.clear()
      StandardError.say("stopped; nothing was written")
      throw code
    }
  }
}
