import ArgumentParser
import Datasets
import Foundation
import TensorCore

/// The data set that a command works on.
struct DataOptions: ParsableArguments {
  @Option(help: "The cache folder of the data set; see 'aesm2 data'.")
  var data: String

  /// Opens the data set after verifying every byte against its digests, which takes a second for a
  /// few gigabytes.
  func open() throws -> Dataset {
    try Dataset.open(at: URL(fileURLWithPath: data), verifyingDigests: true)
  }

  /// Opens the data set for one run of a sweep, which has already verified the digests for all
  /// runs.
  func openUnverified() throws -> Dataset { try Dataset.open(at: URL(fileURLWithPath: data)) }
}

/// The number of compute threads of a command; results do not depend on it.
struct ThreadOptions: ParsableArguments {
  @Option(help: "The number of threads (default: all cores).")
  var threads: Int?

  func validate() throws {
    try check(threads ?? 1, named: "--threads", in: 1...1024)
  }

  /// Applies the number of threads.
  func apply() {
    Parallelism.use(threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Applies the number of threads, and reserves the memory for matrix products.
  ///
  /// - Throws: `MemoryError` if there is not enough.
  func applyForProducts() throws {
    apply()
    try Parallelism.reserveBLASMemory()
  }
}

/// How often training writes checkpoints.
struct CheckpointOptions: ParsableArguments {
  @Option(help: "Seconds between checkpoints; 0 writes one after every step.")
  var checkpointSeconds = 60.0

  func validate() throws {
    if !(0...1e9).contains(checkpointSeconds) {
      throw ValidationError(
        "--checkpoint-seconds is \(checkpointSeconds), but must be a number from 0 to 1e9")
    }
  }

  /// The time between two checkpoints.
  var interval: Duration { .seconds(checkpointSeconds) }
}

/// Rejects a number that is out of bounds.
func check(_ value: Int, named name: String, in bounds: ClosedRange<Int>) throws {
  guard !bounds.contains(value) else { return }
  throw ValidationError(
    "\(name) is \(value), but must be a whole number from \(bounds.lowerBound) to "
      + "\(bounds.upperBound)")
}
