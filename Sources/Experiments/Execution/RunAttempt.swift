import Configuration
import Foundation
import Synchronization

/// One attempt to execute a run: takes its lock, keeps its heartbeat, writes how it ended.
public struct RunAttempt: Sendable {
  private let directory: RunDirectory
  private let executor: any RunExecutor
  private let control: RunControl
  private let continuesAfterFailure: Bool

  /// Creates an attempt.
  ///
  /// - Parameters:
  ///   - directory: The folder of the run.
  ///   - executor: What trains and evaluates.
  ///   - control: What ties the run to this process.
  ///   - continuesAfterFailure: Whether a failed run resumes from its checkpoint, as after a
  ///     full disk; else it begins anew.
  public init(
    in directory: RunDirectory, executor: any RunExecutor, control: RunControl,
    continuesAfterFailure: Bool = false
  ) {
    self.directory = directory
    self.continuesAfterFailure = continuesAfterFailure
    self.executor = executor
    self.control = control
  }

  /// Executes the run, unless it is done or another process has it.
  ///
  /// A failure of an earlier attempt is forgotten: whoever asks for a failed run asks for it again.
  ///
  /// - Throws: ``Diagnostic`` if the folder is not that of a run, or if the end of the
  ///   run cannot be written.
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
        guard
          let record = try executor.execute(configuration, in: directory, control: control)
        else { return .stopped }
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

/// Writes how far a run is, once a second, until stopped.
private final class Heartbeat: Sendable {
  private let isStopped = Atomic<Bool>(false)
  private let path: String

  init(of control: RunControl, path: String) {
    self.path = path
    Thread.detachNewThread { [self] in
      while !isStopped.load(ordering: .acquiring) {
        // Whoever removed the lock's file meant this run no more: it ends before it writes again.
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
  /// How far the run is, as its heartbeat last told.
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
