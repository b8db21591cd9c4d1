import Configuration
import Foundation
import Synchronization

/// One attempt to execute a run: takes the lock, keeps the heartbeat, and records how the run
/// ended.
public struct RunAttempt: Sendable {
  private let directory: RunDirectory
  private let executor: any RunExecutor
  private let control: RunControl
  private let continuesAfterFailure: Bool
  private let pauses: Bool

  /// Creates an attempt.
  ///
  /// - Parameters:
  ///   - directory: The folder of the run.
  ///   - executor: The executor that trains and evaluates.
  ///   - control: The connection between the run and this process.
  ///   - continuesAfterFailure: Whether a failed run resumes from its checkpoint, for example after
  ///     a full disk; otherwise it starts over.
  ///   - pauses: Whether the run pauses at the target that a sweep has set in its folder.
  public init(
    in directory: RunDirectory, executor: any RunExecutor, control: RunControl,
    continuesAfterFailure: Bool = false, pauses: Bool = true
  ) {
    self.directory = directory
    self.continuesAfterFailure = continuesAfterFailure
    self.pauses = pauses
    self.executor = executor
    self.control = control
  }

  /// Executes the run, unless it is done or held by another process.
  ///
  /// Discards a failure of an earlier attempt: executing a failed run is a request to retry it.
  ///
  /// - Throws: ``Diagnostic`` if the folder is not a run folder, or if the outcome of the run
  ///   cannot be written.
  public func perform() throws -> RunEnd {
    let configuration = try directory.configuration()
    guard let lock = try directory.take() else { return .heldElsewhere }
    return try withExtendedLifetime(lock) {
      if case .done = try directory.outcome() { return .finished }
      directory.forgetFailure(keepingCheckpoint: continuesAfterFailure)
      control.own(lock)
      defer { control.own(nil) }
      let heartbeat = Heartbeat(of: control, path: directory.heartbeatPath)
      defer { heartbeat.stop() }
      do {
        control.target = pauses ? try directory.target() : nil
        guard
          let record = try executor.execute(configuration, in: directory, control: control)
        else {
          guard let pause = control.pause else { return .stopped }
          try control.checkOwnership()
          try directory.write(pause)
          return .paused
        }
        guard record.configuration == configuration else {
          throw Diagnostic("the record is of another configuration than the run")
        }
        try control.checkOwnership()
        try directory.write(record)
        directory.removeCheckpoint()
        return .finished
      } catch is RunWasTaken {
        return .heldElsewhere
      } catch {
        do { try control.checkOwnership() } catch { return .heldElsewhere }
        let message = "\(error)"
        try directory.write(
          RunFailure(
            configuration: configuration, message: message, step: control.progress?.step,
            provenance: .current()))
        return .failed(message)
      }
    }
  }
}

/// Writes the progress of a run once a second until stopped.
private final class Heartbeat: Sendable {
  private let isStopped = Atomic<Bool>(false)
  private let path: String

  init(of control: RunControl, path: String) {
    self.path = path
    Thread.detachNewThread { [self] in
      while !isStopped.load(ordering: .acquiring) {
        // If the lock file was removed, the run is no longer ours: it must stop before writing
        // again.
        do { try control.checkOwnership() } catch { return control.stop.request() }
        try? AtomicFile.write(path, bytes: (Self.text(control.progress) + "\n").utf8)
        for _ in 0..<10 where !isStopped.load(ordering: .acquiring) { usleep(100_000) }
      }
    }
  }

  func stop() { isStopped.store(true, ordering: .releasing) }

  private static func text(_ progress: RunProgress?) -> String {
    let pid = Int(ProcessInfo.processInfo.processIdentifier)
    var members: [String: ConfigurationValue] = [
      "process": .integer(pid), "time": .integer(Int(Date().timeIntervalSince1970)),
    ]
    if let progress {
      members["step"] = .integer(progress.step)
      members["epoch"] = .integer(progress.epoch)
      members["rowsPerSecond"] = .number(progress.rowsPerSecond)
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
    return RunProgress(step: step, epoch: epoch, rowsPerSecond: rows)
  }
}
