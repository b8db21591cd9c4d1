import Configuration

/// One attempt to execute a run: takes the lock, keeps the heartbeat, and records how the run
/// ended.
public struct RunAttempt: Sendable {
  private let directory: RunDirectory
  private let executor: any RunExecutor
  private let control: RunControl
  private let continuesAfterFailure: Bool
  private let pauses: Bool
  private let limits: RunLimits

  /// Creates an attempt.
  ///
  /// - Parameters:
  ///   - directory: The folder of the run.
  ///   - executor: The executor that trains and evaluates.
  ///   - control: The connection between the run and this process.
  ///   - continuesAfterFailure: Whether a failed run resumes from its checkpoint, for example after
  ///     a full disk; otherwise it starts over.
  ///   - pauses: Whether the run pauses at the target that a sweep has set in its folder.
  ///   - limits: The time and memory of the attempt; beyond them it fails. Memory is that of the
  ///     whole process, which ends if the run does not react.
  public init(
    in directory: RunDirectory, executor: any RunExecutor, control: RunControl,
    continuesAfterFailure: Bool = false, pauses: Bool = true, limits: RunLimits = RunLimits()
  ) {
    self.directory = directory
    self.continuesAfterFailure = continuesAfterFailure
    self.pauses = pauses
    self.limits = limits
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
      directory.beginLease(lock)
      control.own(lock)
      defer { control.own(nil) }
      let end = try execute(configuration)
      if end != .heldElsewhere { directory.endLease(lock) }
      return end
    }
  }

  private func execute(_ configuration: RunConfiguration) throws -> RunEnd {
    let heartbeat = Heartbeat(of: control, in: directory, limits: limits) {
      try? recordFailure($0, of: configuration)
    }
    defer { heartbeat.stop() }
    do {
      control.target = pauses ? try directory.target() : nil
      guard let record = try executor.execute(configuration, in: directory, control: control)
      else {
        if let sentence = control.exceededLimit { throw Diagnostic(sentence) }
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
      try recordFailure("\(error)", of: configuration)
      return .failed("\(error)")
    }
  }

  private func recordFailure(_ message: String, of configuration: RunConfiguration) throws {
    try directory.write(
      RunFailure(
        configuration: configuration, message: message, step: control.progress?.step,
        provenance: .current()))
  }
}
