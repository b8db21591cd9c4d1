import ArgumentParser
import Foundation
import TensorCore

/// How many threads a command computes with; results do not depend on it.
struct ThreadOptions: ParsableArguments {
  @Option(help: "The number of threads (default: all cores).")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads), but must be a whole number from 1 to 1024")
    }
  }

  /// Puts the number into force.
  func apply() {
    Parallelism.use(threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Puts the number into force, and takes the memory for matrix products.
  ///
  /// - Throws: `MemoryError` where there is not enough.
  func applyForProducts() throws {
    apply()
    try Parallelism.reserveBLASMemory()
  }
}
