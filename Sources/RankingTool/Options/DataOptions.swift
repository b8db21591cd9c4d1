import ArgumentParser
import Datasets
import Foundation

/// The data set that a command works on.
struct DataOptions: ParsableArguments {
  @Option(help: "The cache folder of the data set; see 'aesm2 data'.")
  var data: String

  /// Opens the data set after comparing every byte with its digests, which takes a second for a few
  /// gigabytes.
  func open() throws -> Dataset {
    try Dataset.open(at: URL(fileURLWithPath: data), verifyingDigests: true)
  }

  /// Opens the data set for one run of a sweep, which has compared the digests once for all.
  func openUnverified() throws -> Dataset { try Dataset.open(at: URL(fileURLWithPath: data)) }
}
