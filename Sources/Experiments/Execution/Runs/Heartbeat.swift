import Configuration
import Foundation
import Synchronization

/// Shows once a second that a run is alive and how far it is, and stops it beyond its limits.
///
/// The sign of life is the modification time of the lock file: it needs no space on a full disk,
/// and any change of it counts, so that no clock matters. `heartbeat.json` only tells the progress.
///
/// A run that has not stopped twenty seconds after it exceeded a limit is stuck: its failure is
/// written, and its process ends.
final class Heartbeat: Sendable {
  private static let interval = Duration.seconds(1)
  private static let limitGrace = Duration.seconds(20)

  private let control: RunControl
  private let directory: RunDirectory
  private let limits: RunLimits
  private let isStopped = Atomic<Bool>(false)
  private let wake = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts the heartbeat of a run that this process holds.
  ///
  /// - Parameter recordFailure: Writes the failure of a stuck run.
  init(
    of control: RunControl, in directory: RunDirectory, limits: RunLimits,
    recordFailure: @escaping @Sendable (String) -> Void
  ) {
    (self.control, self.directory, self.limits) = (control, directory, limits)
    Thread.detachNewThread { [self] in
      beat(recordFailure)
      ended.signal()
    }
  }

  /// Ends the heartbeat; afterwards it writes nothing more.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    wake.signal()
    ended.wait()
  }

  private func beat(_ recordFailure: (String) -> Void) {
    let begin = SuspendingClock.now
    var next = begin
    var excess: SuspendingClock.Instant?
    while !isStopped.load(ordering: .acquiring) {
      let now = SuspendingClock.now
      if now >= next {
        // If the lock file was removed, the run is no longer ours: it must stop before writing
        // again.
        do { try control.checkOwnership() } catch { return control.stop.request() }
        control.showLife()
        try? AtomicFile.write(directory.heartbeatPath, bytes: (text(now - begin) + "\n").utf8)
        next = now + Self.interval
      }
      if let excess {
        if now - excess > Self.limitGrace, let sentence = control.exceededLimit {
          recordFailure(sentence)
          _exit(RunEnd.failed(sentence).exitStatus)
        }
      } else if let sentence = limits.excess(
        elapsed: now - begin, memory: limits.memory == nil ? nil : RunLimits.memoryInUse)
      {
        excess = now
        control.exceed(sentence)
      }
      _ = wake.wait(timeout: .now() + .milliseconds(100))
    }
  }

  private func text(_ elapsed: Duration) -> String {
    var members: [String: ConfigurationValue] = [
      "process": .integer(Int(getpid())), "seconds": .number((elapsed / .seconds(1)).rounded()),
      "time": .integer(Int(Date().timeIntervalSince1970)),
    ]
    if let progress = control.progress {
      members["step"] = .integer(progress.step)
      members["epoch"] = .integer(progress.epoch)
      members["rowsPerSecond"] = .number(progress.rowsPerSecond)
      members["plannedSteps"] = progress.plannedSteps.map { .integer($0) }
    }
    return ConfigurationValue.object(members).canonicalJSON
  }
}

extension RunDirectory {
  /// The progress in the latest heartbeat.
  public var progress: RunProgress? {
    guard let data = FileManager.default.contents(atPath: heartbeatPath),
      let value = try? ConfigurationValue(json: String(decoding: data, as: UTF8.self)),
      let step = value["step"].flatMap(Int.init(configuration:)),
      let epoch = value["epoch"].flatMap(Int.init(configuration:)),
      let rows = value["rowsPerSecond"].flatMap(Double.init(configuration:))
    else { return nil }
    return RunProgress(
      step: step, epoch: epoch, rowsPerSecond: rows,
      plannedSteps: value["plannedSteps"].flatMap(Int.init(configuration:)))
  }
}
