import ArgumentParser
import DatasetImport
import Datasets
import Foundation

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Create, describe and check data sets.",
    discussion: """
      Example:
        aesm2 data import experiments/schemas/us-flights.yaml \\
          --files downloads --output cache/us-flights
        aesm2 data describe cache/us-flights
      """,
    subcommands: [
      DataImportCommand.self, DataSynthCommand.self, DataDescribeCommand.self,
      DataLintCommand.self, DataVerifyCommand.self,
    ])
}

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

struct DataVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify the integrity of a data set and whether its source files have changed.",
    discussion: """
      Compares the cache with the digests recorded when it was written, and then its source files \
      with their recorded digests. Exit status 1 if the cache is damaged or a file has changed; a \
      missing source file is only reported.

      Example:
        aesm2 data verify cache/us-flights
      """)

  @Argument(help: "The cache folder.")
  var data: String

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threads.apply()
    let dataset = try Dataset.open(at: URL(fileURLWithPath: data), verifyingDigests: true)
    print("\(data) is whole: every file has its digest")
    var isChanged = false
    for file in dataset.manifest.origin?.files ?? [] {
      switch file.state(at: file.path) {
      case .unchanged: print("\(file.path): unchanged")
      case .missing: print("\(file.path): not there, so not compared")
      case .changed:
        print("\(file.path): changed since the import")
        isChanged = true
      }
    }
    if isChanged { throw ExitCode(1) }
  }
}
