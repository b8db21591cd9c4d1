import ArgumentParser
import Datasets
import Experiments

/// The making of a data set: shows how far it is, and ends it where the user asks for that.
struct DatasetProduction {
  private let stop = StopSignal.interrupt()
  private let progress = ProgressLine(unit: "rows")

  /// Creates the making in a process that stops where its `parent`, if it has one, is gone.
  init(parent: Int32? = nil) {
    if let parent { stop.requestWhenOrphaned(from: parent) }
  }

  /// Shows how many rows are done, of how many where that is known.
  ///
  /// - Throws: ``Interruption`` if the user wants to stop.
  func report(_ done: Int, of total: Int?, note: String? = nil) throws {
    if stop.isRequested { throw Interruption() }
    progress.update(done: done, of: total, note: note)
  }

  /// Runs `make`, which reports how far it is.
  ///
  /// - Throws: What `make` throws.
  func run(_ make: () throws -> Dataset) throws -> Dataset {
    defer { progress.clear() }
    do {
      return try make()
    } catch is Interruption {
      progress.clear()
      throw Interruption.end(stop, "stopped; no data set was written")
    }
  }
}

/// Work that was stopped by Ctrl-C (SIGINT), SIGTERM or SIGHUP.
struct Interruption: Error {
  /// Says that the work was stopped, and returns what ends the command: status 130, 143 or 129.
  static func end(_ stop: StopSignal, _ sentence: String) -> ExitCode {
    StandardError.say(sentence)
    return ExitCode(stop.exitStatus)
  }
}
