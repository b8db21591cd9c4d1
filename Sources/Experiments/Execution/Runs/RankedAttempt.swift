import Configuration
import MessagePassing
import Synchronization

/// An attempt of several ranks to execute one run together.
///
/// The leader takes the run and writes its files, like any ``RunAttempt``; the others follow it with
/// the configuration that it sends them. They read the data set and the checkpoint themselves, so
/// these must be at the same paths everywhere.
public struct RankedAttempt: Sendable {
  private let directory: RunDirectory
  private let executor: TrainingRunExecutor
  private let control: RunControl
  private let ranks: RankGroup

  /// Creates an attempt.
  ///
  /// - Parameters:
  ///   - directory: The folder of the run.
  ///   - executor: The executor of these ranks.
  ///   - control: The connection between the run and this process.
  ///   - ranks: The ranks.
  public init(
    in directory: RunDirectory, executor: TrainingRunExecutor, control: RunControl,
    ranks: RankGroup
  ) {
    self.directory = directory
    self.executor = executor
    self.control = control
    self.ranks = ranks
  }

  /// Executes the run, a failed one from its checkpoint; collective.
  ///
  /// - Throws: On the leader, the errors of ``RunAttempt/perform()``; on the others, any error of
  ///   their own.
  public func perform() throws -> RunEnd { try ranks.isLeader ? lead() : follow() }

  private func lead() throws -> RunEnd {
    let leader = LeadingExecutor(executor, ranks)
    let end = try RunAttempt(
      in: directory, executor: leader, control: control, continuesAfterFailure: true,
      pauses: false
    ).perform()
    if !leader.hasBegun { _ = ranks.broadcast([]) }
    return end
  }

  private func follow() throws -> RunEnd {
    let text = ranks.broadcast([])
    // The leader found the run finished, or held by another process.
    guard !text.isEmpty else { return .finished }
    let configuration = try RunConfiguration(
      ConfigurationValue(json: String(decoding: text, as: UTF8.self)))
    let record = try executor.execute(configuration, in: directory, control: control)
    return record == nil ? .stopped : .finished
  }
}

/// An executor that tells the other ranks what to execute before it begins.
private final class LeadingExecutor: RunExecutor {
  private let executor: TrainingRunExecutor
  private let ranks: RankGroup
  private let begun = Atomic<Bool>(false)

  var hasBegun: Bool { begun.load(ordering: .relaxed) }

  init(_ executor: TrainingRunExecutor, _ ranks: RankGroup) {
    self.executor = executor
    self.ranks = ranks
  }

  func execute(
    _ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl
  ) throws -> RunRecord? {
    _ = ranks.broadcast(Array(configuration.value.canonicalJSON.utf8))
    begun.store(true, ordering: .relaxed)
    return try executor.execute(configuration, in: directory, control: control)
  }
}
