import ArgumentParser
import DatasetImport
import Datasets
import Foundation

struct DataLintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check a data set for leakage, duplicates and degenerate labels.",
    discussion: """
      Finds features that copy a label, constant features, cells with one class, duplicates \
      across splits, values outside the vocabulary and irregular groups. Exit status 1 if there is \
      a problem; warnings and notes do not affect it.

      Example:
        aesm2 data lint cache/us-flights
      """)

  @Argument(help: "The cache folder.")
  var data: String

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threads.apply()
    let report = try DatasetLint(try Dataset.open(at: URL(fileURLWithPath: data))).run()
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      print(printable(report.text), terminator: "")
    }
    if report.findings.contains(where: { $0.severity == .problem }) { throw ExitCode(1) }
  }
}
