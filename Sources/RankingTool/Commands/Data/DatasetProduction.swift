import ArgumentParser
import Datasets
import Experiments

/// The creation of a data set, with a progress display, which ends when the user asks for it.
struct DatasetProduction {
  private let stop = StopSignal.interrupt()
  private let progress = ProgressLine(unit: "rows")

  /// Creates a production that also stops when the `parent` process, if given, is gone.
  init(parent: Int32? = nil) {
    if let parent { stop.requestWhenOrphaned(from: parent) }
  }

  /// Shows the number of finished rows, and the total if it is known.
  ///
  /// - Throws: ``Interruption`` if the user wants to stop.
  func report(_ done: Int, of total: Int?, note: String? = nil) throws {
    if stop.isRequested { throw Interruption() }
    progress.update(done: done, of: total, note: note)
  }

  /// Runs `make`, which reports its progress.
  ///
  /// - Throws: Errors thrown by `make`.
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
  /// Reports that the work was stopped, and returns the exit code of the command: 130, 143 or 129.
  static func end(_ stop: StopSignal, _ sentence: String) -> ExitCode {
    StandardError.say(sentence)
    return ExitCode(stop.exitStatus)
  }
}
