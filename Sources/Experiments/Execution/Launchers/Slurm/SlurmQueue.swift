import Configuration
import Foundation
import Synchronization

/// Asks Slurm for the states of tasks: `sacct` first, which does not burden the controller; `squeue`
/// where there is no accounting, and to confirm what `sacct` says of tasks that it does not hold for
/// active.
///
/// Accounting lags behind, forgets, and shows a task that is queued again as ended, so a task has
/// ended only if it is not in the queue either.
final class SlurmQueue: Sendable {
  /// What was found out about a task.
  enum Finding: Equatable {
    /// It waits or runs.
    case active(SlurmState)
    /// It is not in the queue; the state in which it ended, if accounting tells.
    case ended(SlurmState?)
  }

  /// A task of a job array.
  struct Task: Hashable {
    let job: Int
    let number: Int
  }

  private let usesAccounting: Mutex<Bool>

  /// - Parameter hasAccounting: Whether to ask `sacct` at all.
  init(hasAccounting: Bool) { usesAccounting = Mutex(hasAccounting) }

  /// Finds out about tasks, with one call of `sacct`, or one of `squeue`, or both.
  ///
  /// - Parameter since: A time before the oldest of their jobs was submitted.
  /// - Throws: ``Diagnostic`` if neither program answers.
  func findings(on tasks: Set<Task>, since: Date) throws -> [Task: Finding] {
    if tasks.isEmpty { return [:] }
    let accounting = try accounting(of: Set(tasks.map(\.job)), since: since)
    var found: [Task: Finding] = [:]
    var open: [Task] = []
    for task in tasks {
      let state = accounting?.state(of: task.number, in: task.job)
      if let state, !state.isEnded, state.name != "REQUEUED" {
        found[task] = .active(state)
      } else {
        open.append(task)
      }
    }
    if open.isEmpty { return found }
    let queue = try queue()
    for task in open {
      if let state = queue.state(of: task.number, in: task.job), !state.isEnded {
        found[task] = .active(state)
      } else {
        found[task] = .ended(accounting?.state(of: task.number, in: task.job))
      }
    }
    return found
  }

  /// Returns the queue of this user.
  ///
  /// - Throws: ``Diagnostic`` if the controller does not answer.
  func queue() throws -> SlurmReport {
    let outcome = try SlurmTool(name: "squeue").run([
      "--noheader", "--user=\(NSUserName())", "--format=\(SlurmReport.queueFormat)",
    ])
    guard outcome.succeeded else {
      throw Diagnostic("Slurm's controller does not answer (squeue: \(outcome.complaint))")
    }
    return SlurmReport(queue: outcome.output)
  }

  /// Returns what accounting says of jobs; nil if there is none or it does not answer.
  private func accounting(of jobs: Set<Int>, since: Date) throws -> SlurmReport? {
    guard usesAccounting.withLock({ $0 }) else { return nil }
    let outcome = try SlurmTool(name: "sacct").run(
      [
        "--noheader", "--parsable2", "--allocations", "--starttime=\(Self.localTime(since))",
        "--jobs=\(jobs.sorted().map(String.init).joined(separator: ","))",
        "--format=\(SlurmReport.accountingFormat)",
      ], timeLimit: .seconds(30))
    guard outcome.succeeded else {
      if outcome.complaint.contains("disabled") { usesAccounting.withLock { $0 = false } }
      return nil
    }
    return SlurmReport(accounting: outcome.output)
  }

  /// Returns a time as `sacct` reads it: in the time zone of this machine.
  static func localTime(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
