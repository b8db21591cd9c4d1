import ArgumentParser
import Datasets
import Foundation

/// The data set that a command works on.
struct DataOptions: ParsableArguments {
  @Option(help: "The cache folder of the data set; see 'aesm2 data'.")
  var data: String

  /// Opens the data set.
  func open() throws -> Dataset { try Dataset.open(at: URL(fileURLWithPath: data)) }
}
