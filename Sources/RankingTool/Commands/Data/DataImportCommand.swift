import ArgumentParser
import Configuration
import DatasetImport
import Datasets
import Foundation

struct DataImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import CSV files according to a schema.",
    discussion: """
      The schema is a YAML file; docs/data-formats.md describes its keys. The findings of the lint \
      are printed at the end.

      --each country=NL imports a single country and needs no files of others; repeat the option to \
      import several countries together. --each country makes one data set per country, in \
      OUTPUT/NL and so on. The name is a key of a source's 'each' or a level of 'scenarios'.

      Example:
        aesm2 data import experiments/schemas/us-flights.yaml \\
          --files downloads --output cache/us-flights
        aesm2 data import experiments/schemas/aliexpress-raw.yaml \\
          --files downloads --each country=NL --output cache/aliexpress-NL
      """)

  @Argument(help: "The schema, a YAML file.")
  var schema: String

  @Option(help: "The folder of the schema's source files.")
  var files: String

  @Option(help: "The cache folder to write; an existing data set is replaced.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "Import only rows with this value; without =value, one data set per value. Repeatable.",
      valueName: "name[=value]"))
  var each: [String] = []

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var memory: LimitedMemory

  func run() throws {
    // With --each, the data sets are subfolders of the output folder.
    if try memory.runInChild(writing: [output, output + "/each"]) { return }
    threads.apply()
    let schema = try DatasetSchema.load(yaml: URL(fileURLWithPath: schema))
    schema.notes.forEach(StandardError.say)
    let chosen = try blamingCommandLine { try self.parts(of: schema) }
    let production = DatasetProduction(parent: memory.parent)
    for part in chosen {
      let dataset = try production.run {
        try DatasetImporter(schema: part.schema, root: URL(fileURLWithPath: files))
          .run(into: part.folder) {
            try production.report($0.rowCount, of: $0.totalRowCount, note: $0.phase.rawValue)
          }
      }
      if chosen.count > 1 { print("\(part.folder.path)\n") }
      print(printable(DatasetDescription(dataset).description))
      print(printable(try LintReport.stored(with: dataset)?.text ?? ""), terminator: "")
      if chosen.count > 1, part.folder != chosen.last?.folder { print() }
    }
  }

  /// Returns the data sets to create, as the restricted schemas given by `--each`, and their
  /// folders.
  private func parts(of schema: DatasetSchema) throws -> [(schema: DatasetSchema, folder: URL)] {
    let output = URL(fileURLWithPath: output)
    let choices = each.filter { $0.contains("=") }.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return EachValue(name: String(parts[0]), value: String(parts[1]))
    }
    let restricted = choices.isEmpty ? schema : try schema.restricted(to: choices)
    let names = each.filter { !$0.contains("=") }
    guard let name = names.first else { return [(restricted, output)] }
    guard names.count == 1 else {
      throw Diagnostic(
        "--each \(names[0]) and --each \(names[1]): one name at most may be without a value")
    }
    return try restricted.values(ofEach: name).map { value in
      guard !value.isEmpty, !value.hasPrefix("."), !value.contains("/") else {
        throw Diagnostic(
          "--each \(name): no folder can be called '\(value)'; import it alone, with a value")
      }
      return (
        try restricted.restricted(to: [EachValue(name: name, value: value)]),
        output.appending(path: value)
      )
    }
  }
}
