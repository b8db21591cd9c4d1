import ArgumentParser
import Datasets
import Foundation

struct DataVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that a data set is whole, and whether its source files have changed.",
    discussion: """
      Compares every byte of the cache with the digests recorded when it was written, then the files \
      that it was imported from with what they were then. Exit status 1 where the cache is damaged or \
      a file has changed; a file that is not there any more is only named.

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
