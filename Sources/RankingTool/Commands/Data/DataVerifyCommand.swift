import ArgumentParser
import Datasets
import Foundation

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
