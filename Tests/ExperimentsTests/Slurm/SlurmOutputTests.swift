import Foundation
import TestKit
import Testing

// Internal: what Slurm's programs print is read by types that only the launcher uses.
@testable import Experiments

/// What Slurm's programs print, as recorded from Slurm 22.05 by `Fixtures/make/slurm.sh`.
@Suite struct SlurmOutputTests {
  private func recorded(_ name: String) throws -> String {
    try String(contentsOf: FixtureFolder.url("slurm/\(name)"), encoding: .utf8)
  }

  @Test func readsTheQueue() throws {
    let queue = SlurmReport(queue: try recorded("squeue.txt"))
    let job = try #require(queue.jobs["a|name"])
    #expect(queue.state(of: 2, in: job) == SlurmState(name: "RUNNING", detail: ""))
    #expect(queue.state(of: 3, in: job)?.name == "RUNNING")
    for task in [1, 5, 8, 9] {
      #expect(
        queue.state(of: task, in: job) == SlurmState(name: "PENDING", detail: "JobArrayTaskLimit"))
    }
    for task in [0, 4, 10] { #expect(queue.state(of: task, in: job) == nil) }
    let single = try #require(queue.jobs["single"])
    #expect(queue.state(of: 0, in: single)?.detail == "BeginTime")
  }

  @Test func readsAccounting() throws {
    let report = SlurmReport(accounting: try recorded("sacct.txt"))
    let job = try #require(report.jobs["a|name"])
    let cancelled = try #require(report.state(of: 0, in: job))
    #expect(cancelled == SlurmState(name: "CANCELLED", detail: "by 0") && cancelled.isEnded)
    #expect(report.state(of: 2, in: job)?.name == "RUNNING")
    #expect(report.state(of: 9, in: job)?.isPending == true)
    #expect(report.state(of: 4, in: job) == nil)
    let ended = try #require(report.jobs["ended"])
    #expect(report.state(of: 0, in: ended) == SlurmState(name: "COMPLETED", detail: ""))
    #expect(report.state(of: 1, in: ended)?.detail == "exit status 1:0")
  }

  @Test func readsTheLimits() throws {
    let cluster = try SlurmCluster(configuration: try recorded("scontrol-config.txt"))
    #expect(cluster.version == "22.05.8" && cluster.arraySize == 1001 && cluster.hasAccounting)
  }

  @Test(arguments: ["", "MaxArraySize = many", "MaxArraySize = 1\nSLURM_VERSION = 23.11.4"])
  func aClusterWithoutArraysIsRefused(configuration: String) {
    #expect(throws: (any Error).self) { try SlurmCluster(configuration: configuration) }
  }

  @Test(arguments: ["accounting_storage/none", "(null)"])
  func accountingThatIsOffIsNotAsked(type: String) throws {
    let text = "AccountingStorageType = \(type)\nMaxArraySize = 5"
    #expect(try !SlurmCluster(configuration: text).hasAccounting)
  }

  @Test(arguments: [
    "", "|||", "x_1|RUNNING|0:0|n", "12.batch|RUNNING|0:0|n", "12_[4-|RUNNING|0:0|n",
  ])
  func linesOfAnotherFormAreSkipped(text: String) {
    #expect(SlurmReport(accounting: text).state(of: 1, in: 12) == nil)
    #expect(SlurmReport(queue: text).jobs.isEmpty)
  }

  @Test(
    arguments: [
      ("12", nil), ("12_3", [3...3]), ("12_[0-3%2]", [0...3]),
      ("12_[1,4-5,9]", [1...1, 4...5, 9...9]), ("12_[0-6:3]", [0...0, 3...3, 6...6]),
    ] as [(String, [ClosedRange<Int>]?)])
  func readsNamesOfTasks(text: String, tasks: [ClosedRange<Int>]?) throws {
    let set = try #require(SlurmTaskSet(text))
    #expect(set.job == 12 && set.tasks == tasks)
  }

  @Test(arguments: [
    "", "_", "a", "12_", "12_[3-1]", "12_[1-3", "12_-1", "12_1.batch", "12+0", "12_[0-99999999999]",
    "12_[0-8:0]", "12_[,]",
  ])
  func otherNamesAreNoTasks(text: String) { #expect(SlurmTaskSet(text) == nil) }

  @Test func writesNamesOfTasks() {
    #expect(SlurmTaskSet(job: 7, tasks: [5, 1, 2, 3, 8]).text == "7_[1-3,5,8]")
  }
}

@Suite struct SlurmVerdictTests {
  private func verdict(
    on name: String, timeLimit: String = "00:10:00", runTime: String? = nil, timeouts: Int = 0,
    state: String? = nil, reason: String? = nil
  ) throws -> SlurmTask.Verdict {
    var text = try String(contentsOf: FixtureFolder.url("slurm/\(name)"), encoding: .utf8)
    text = text.replacing(/TimeLimit=\S+/, with: "TimeLimit=\(timeLimit)")
    if let runTime { text = text.replacing(/RunTime=\S+/, with: "RunTime=\(runTime)") }
    if let state { text = text.replacing(/JobState=\S+/, with: "JobState=\(state)") }
    if let reason { text = text.replacing(/\sReason=\S+/, with: " Reason=\(reason)") }
    return SlurmTask.verdict(on: text, warning: 120, timeouts: timeouts, requeueLimit: 3)
  }

  @Test func aTaskAtItsTimeLimitIsQueuedAgainSomeTimes() throws {
    let name = "scontrol-job-running.txt"
    #expect(try verdict(on: name, runTime: "00:08:00") == .requeue(countsAsTimeout: true))
    // Slurm may send its signal a minute early.
    #expect(try verdict(on: name, runTime: "00:07:00") == .requeue(countsAsTimeout: true))
    #expect(
      try verdict(on: name, timeLimit: "1-00:10:00", runTime: "1-00:08:00", timeouts: 2)
        == .requeue(countsAsTimeout: true))
    #expect(
      try verdict(on: name, runTime: "00:08:00", timeouts: 3)
        == .end("it has reached its time limit 4 times"))
  }

  @Test func preemptionDoesNotCount() throws {
    #expect(
      try verdict(on: "scontrol-job-preempted.txt", timeouts: 3)
        == .requeue(countsAsTimeout: false))
    let name = "scontrol-job-running.txt"
    #expect(try verdict(on: name, runTime: "00:01:00") == .requeue(countsAsTimeout: false))
    #expect(try verdict(on: name, timeLimit: "UNLIMITED") == .requeue(countsAsTimeout: false))
  }

  @Test func aTaskAtTheEndOfItsTimeCounts() throws {
    #expect(
      try verdict(on: "scontrol-job-running.txt", state: "COMPLETING", reason: "TimeLimit")
        == .requeue(countsAsTimeout: true))
  }

  @Test(arguments: ["CANCELLED", "COMPLETING"])
  func aCancelledTaskIsNotQueuedAgain(state: String) throws {
    let verdict = try verdict(
      on: "scontrol-job-cancelled.txt", runTime: "00:09:59", state: state)
    #expect(verdict == .end("it was cancelled, or was queued again by somebody"))
  }

  @Test func withoutAnAnswerTheSweepSubmitsItAgain() {
    #expect(
      SlurmTask.verdict(on: nil, warning: 120, timeouts: 0, requeueLimit: 3)
        == .end("Slurm's controller does not answer"))
  }
}
