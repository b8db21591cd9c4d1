import ArgumentParser
import Datasets
import Foundation

struct DataDescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Describe a data set: features, scenarios, tasks and counts.",
    discussion: """
      Example:
        aesm2 data describe cache/aliexpress
        aesm2 data describe cache/aliexpress --json
      """)

  @Argument(help: "The cache folder.")
  var data: String

  @Flag(help: "Verify the digests of all files.")
  var verify = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let dataset = try Dataset.open(at: URL(fileURLWithPath: data), verifyingDigests: verify)
    if json {
      print(DatasetListing(dataset).value.canonicalJSON)
    } else {
      print(printable(DatasetDescription(dataset).description), terminator: "")
    }
  }
}
