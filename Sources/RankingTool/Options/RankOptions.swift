import ArgumentParser
import Configuration
import Experiments
import Foundation
import MessagePassing
import Synchronization

/// The library that connects ranks.
enum RankLibrary: String, CaseIterable, ExpressibleByArgument {
  /// Open MPI.
  case mpi
}

/// The ranks that train one model together.
struct RankOptions: ParsableArguments {
  @Option(help: "Train together with the other processes of the MPI job (mpi).")
  var ranks: RankLibrary?

  @Option(help: "Embedding tables with more rows are divided among the ranks.")
  var replicatedRows = 100_000

  @Option(help: "Seconds without hearing from the other ranks after which a rank gives up.")
  var rankTimeout = 600

  func validate() throws {
    try check(replicatedRows, named: "--replicated-rows", in: 0...Int(Int32.max))
    try check(rankTimeout, named: "--rank-timeout", in: 1...1_000_000)
  }

  /// Joins the other ranks; nil for one process.
  ///
  /// - Throws: ``Diagnostic`` if MPI is missing or this process is not part of a job.
  func join() throws -> RankGroup? {
    guard ranks != nil else { return nil }
    do {
      return RankGroup(
        over: try JobOfRanks.join(), replicatedRowLimit: replicatedRows,
        timeout: Double(rankTimeout))
    } catch {
      throw Diagnostic(error.description)
    }
  }
}

/// The MPI job of this process, from which it has to part before it ends.
enum JobOfRanks {
  private static let joined = Mutex<OpenMPITransport?>(nil)

  /// Joins the job.
  static func join() throws(MessagePassingError) -> OpenMPITransport {
    let transport = try OpenMPITransport.join()
    joined.withLock { $0 = transport }
    return transport
  }

  /// Whether this process is a rank other than the leader.
  static var isFollower: Bool { joined.withLock { $0.map { $0.rank > 0 } ?? false } }

  /// Waits a moment: if the leader has the same error, it reports it and ends all ranks.
  static func leaveReportToLeader() { if isFollower { sleep(2) } }

  /// Leaves the job if the command ended as planned, also if it was asked to stop; otherwise ends
  /// all ranks, which would wait for this one.
  static func end(status: Int32) {
    guard let transport = joined.withLock({ $0 }) else { return }
    if status == 0 || StopSignal.exitStatuses.contains(status) {
      transport.leave()
    } else {
      transport.abort(status: status)
    }
  }
}
