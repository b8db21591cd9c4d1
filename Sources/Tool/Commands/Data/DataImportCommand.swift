import ArgumentParser
import Datasets
import Foundation

struct DataImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import CSV files as a schema describes them.",
    discussion: """
      The schema is a YAML file; docs/data-formats.md describes its keys. The findings of the lint \
      are printed at the end.

      Example:
        aesm2 data import experiments/schemas/us-flights.yaml \\
          --files downloads --output cache/us-flights
      """)

  @Argument(help: "The schema, a YAML file.")
  var schema: String

  @Option(help: "The folder with the files that the schema names.")
  var files: String

  @Option(help: "The cache folder to write; an existing data set is replaced.")
  var output: String

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threads.apply()
    let schema = try DatasetSchema.load(yaml: URL(fileURLWithPath: schema))
    let production = DatasetProduction()
    let dataset = try production.run {
      try DatasetImporter(schema: schema, root: URL(fileURLWithPath: files))
        .run(into: URL(fileURLWithPath: output)) {
          try production.report($0.rowCount, of: $0.totalRowCount, note: $0.phase.rawValue)
        }
    }
    print(DatasetDescription(dataset))
    print(try LintReport.stored(with: dataset)?.text ?? "", terminator: "")
  }
}
