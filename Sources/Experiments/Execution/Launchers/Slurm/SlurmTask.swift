import Configuration
import Foundation

/// A task of a job array, seen from inside: its runs, and what becomes of it when it is stopped.
public struct SlurmTask: Sendable {
  /// What a stopped task does.
  public enum Verdict: Sendable, Equatable {
    /// It is queued again; `countsAsTimeout` says whether this is limited.
    case requeue(countsAsTimeout: Bool)
    /// It ends, for a reason in words.
    case end(String)
  }

  private let folder: String
  private let job: Int
  private let number: Int
  private let tasks: [[String]]

  /// Finds out which task of the submission in a folder this process is.
  ///
  /// - Throws: ``Diagnostic`` if it is none.
  public init(
    in folder: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    guard let tasks = SlurmSubmission.tasks(in: folder) else {
      throw Diagnostic(
        "is not the folder of a submission: it lacks a readable \(SlurmSubmission.runsName)"
      ).at(folder)
    }
    func variable(_ name: String) throws -> Int {
      guard let value = environment[name].flatMap({ Int($0) }) else {
        throw Diagnostic(
          "\(name) is not set: this command is for tasks of job arrays of Slurm; use 'aesm2 sweep "
            + "--launcher slurm'")
      }
      return value
    }
    job = try variable("SLURM_ARRAY_JOB_ID")
    number = try variable("SLURM_ARRAY_TASK_ID")
    guard tasks.indices.contains(number) else {
      throw Diagnostic(
        "has \(counted(tasks.count, "line")), so there is no task \(number)"
      ).at("\(folder)/\(SlurmSubmission.runsName)")
    }
    self.folder = folder
    self.tasks = tasks
  }

  /// The runs of the task, in the store that has the submission.
  public var runs: [RunDirectory] {
    let store = URL(fileURLWithPath: folder).deletingLastPathComponent()
      .deletingLastPathComponent().path
    return tasks[number].map { RunDirectory(path: "\(store)/\($0)") }
  }

  // MARK: The program

  /// Returns what distinguishes a build of the program from others: the beginning of the digest of
  /// its file.
  ///
  /// - Throws: ``Diagnostic`` if it cannot be read.
  static func programDigest(_ path: String) throws -> String {
    let bytes = try AtomicFile.read(path)
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    return String(hash.finish().prefix(12))
  }

  /// Checks that this node has the program that submitted the task.
  ///
  /// - Throws: ``Diagnostic`` that says what to do if it has not.
  public static func checkProgram(_ path: String, is expected: String) throws {
    let found = try programDigest(path)
    guard found != expected else { return }
    throw Diagnostic(
      "the program on this node is build \(found), but the job was submitted by build \(expected): "
        + "install the same build on all nodes, or, if it was replaced since, sweep again"
    ).at("\(ProcessInfo.processInfo.hostName): \(path)")
  }

  // MARK: Stopping

  /// Decides what a stopped task does, and does it.
  ///
  /// - Parameters:
  ///   - stop: The signal that stopped it.
  ///   - warning: How many seconds before the time limit Slurm sends a signal.
  ///   - requeueLimit: How often the task is queued again at its time limit.
  /// - Returns: A sentence about it.
  public func end(after stop: StopSignal, warning: Int, requeueLimit: Int) -> String {
    let verdict: Verdict
    if [SIGINT, SIGHUP].contains(stop.number ?? SIGINT) {
      verdict = .end("it was asked to stop")
    } else {
      verdict = Self.verdict(
        on: description(), warning: warning, timeouts: timeouts, requeueLimit: requeueLimit)
    }
    switch verdict {
    case .end(let reason): return "not queued again: \(reason)"
    case .requeue(let countsAsTimeout):
      if countsAsTimeout {
        do { try AtomicFile.write(timeoutsPath, bytes: "\(timeouts + 1)\n".utf8) } catch {
          return "not queued again: \(error)"
        }
      }
      if let complaint = requeue() { return "could not be queued again: \(complaint)" }
      return "queued again " + (countsAsTimeout ? "at its time limit" : "after preemption")
    }
  }

  /// Decides what a stopped task does.
  ///
  /// The time limit is near if Slurm's warning was due: it comes up to a minute early. A task that
  /// was cancelled, or ended by Slurm for another reason, does not count as running any more. Any
  /// other signal is taken for preemption, which older versions of Slurm do not tell.
  ///
  /// - Parameters:
  ///   - description: What `scontrol show job` says of the task; nil if there is no answer.
  ///   - warning: How many seconds before the time limit Slurm sends a signal.
  ///   - timeouts: How often the task was queued again at its time limit.
  ///   - requeueLimit: How often that may be.
  static func verdict(
    on description: String?, warning: Int, timeouts: Int, requeueLimit: Int
  ) -> Verdict {
    guard let description else { return .end("Slurm's controller does not answer") }
    func value(_ key: String) -> Substring? {
      description.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("\(key)=") }?
        .dropFirst(key.count + 1)
    }
    if let time = value("PreemptTime"), time != "None" {
      return .requeue(countsAsTimeout: false)
    }
    let isAtLimit: Bool
    if value("JobState") == "RUNNING" {
      let runTime = value("RunTime").flatMap { SlurmTime(String($0)) }?.seconds ?? 0
      let limit = value("TimeLimit").flatMap { SlurmTime(String($0)) }?.seconds
      isAtLimit = limit.map { $0 - runTime <= warning + 75 } ?? false
    } else {
      isAtLimit = value("JobState") == "TIMEOUT" || value("Reason") == "TimeLimit"
      // A task that somebody has queued again needs nothing either.
      guard isAtLimit else { return .end("it was cancelled, or was queued again by somebody") }
    }
    guard isAtLimit else { return .requeue(countsAsTimeout: false) }
    guard timeouts < requeueLimit else {
      return .end("it has reached its time limit \(counted(timeouts + 1, "time"))")
    }
    return .requeue(countsAsTimeout: true)
  }

  private var id: String { "\(job)_\(number)" }
  private var timeoutsPath: String { "\(folder)/\(number).timeouts" }

  /// How often the task was queued again at its time limit.
  private var timeouts: Int {
    let text = (try? AtomicFile.read(timeoutsPath)).map { String(decoding: $0, as: UTF8.self) }
    return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
  }

  private func description() -> String? {
    let outcome = try? SlurmTool(name: "scontrol").run(
      ["--oneliner", "show", "job", id], timeLimit: .seconds(15))
    return outcome.flatMap { $0.succeeded ? $0.output : nil }
  }

  /// Queues the task again; returns why that failed, or nil.
  private func requeue() -> String? {
    do {
      let outcome = try SlurmTool(name: "scontrol").run(["requeue", id], timeLimit: .seconds(15))
      // Slurm kills the processes of a task that it queues again, scontrol among them.
      return outcome.succeeded || outcome.ending == .killed ? nil : outcome.complaint
    } catch { return "\(error)" }
  }
}
