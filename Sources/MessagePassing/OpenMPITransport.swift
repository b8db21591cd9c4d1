import CMessagePassing
import Foundation

/// The ranks of an MPI job, by Open MPI 4 or 5, loaded at run time.
///
/// Nothing is linked, so the package can be built without the library. The environment variable
/// `AESM2_MPI` gives its path if the system does not find it. All calls come from the thread that
/// joined the job.
public final class OpenMPITransport: MessageTransport, @unchecked Sendable {
  /// The number of this rank, from 0.
  public let rank: Int

  /// The number of ranks.
  public let rankCount: Int

  /// The version of the library, such as `Open MPI v4.1.4`.
  public let version: String

  private var neighbors: [Neighbor] = []

  /// A rank on the same machine.
  private struct Neighbor {
    let rank: Int
    let process: pid_t
  }

  /// Joins the ranks that `mpirun`, or `srun --mpi=pmix`, started together with this process.
  ///
  /// - Throws: ``MessagePassingError`` if the library is missing or another MPI, if it cannot start,
  ///   or if this process was started by neither.
  public static func join() throws(MessagePassingError) -> OpenMPITransport {
    let environment = ProcessInfo.processInfo.environment
    guard environment["OMPI_COMM_WORLD_SIZE"] != nil || environment["PMIX_RANK"] != nil else {
      throw MessagePassingError(
        description:
          "--ranks mpi, but this process was started neither by Open MPI's mpirun nor by "
          + "srun --mpi=pmix: mpirun -n 2 aesm2 …")
    }
    let path = environment["AESM2_MPI"].flatMap { $0.isEmpty ? nil : $0 }
    var text = [CChar](repeating: 0, count: 4096)
    let result = ck_mpi_start(path, &text, text.count)
    let found = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
    ).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    switch result {
    case CK_MPI_STARTED: break
    case CK_MPI_NOT_LOADED where path == nil:
      throw MessagePassingError(
        description:
          "--ranks mpi needs the library of Open MPI 4 or 5, which was not found: install "
          + "it (Debian's package openmpi-bin), or set AESM2_MPI to its file")
    case CK_MPI_NOT_LOADED:
      throw MessagePassingError(
        description: "--ranks mpi needs the library of Open MPI, but the file that AESM2_MPI names "
          + "cannot be loaded: \(found)")
    case CK_MPI_OTHER:
      throw MessagePassingError(
        description: "--ranks mpi needs Open MPI 4 or 5, but \(path ?? "the library") is "
          + (found.isEmpty ? "no MPI" : found))
    default:
      throw MessagePassingError(description: "Open MPI cannot start: \(found)")
    }
    return OpenMPITransport(version: found)
  }

  private init(version: String) {
    self.version = version
    rank = Int(ck_mpi_rank())
    rankCount = Int(ck_mpi_rank_count())
    findNeighbors()
  }

  /// Leaves the job; waits until all ranks do.
  public func leave() { ck_mpi_finish() }

  /// Ends all ranks of the job with a status.
  public func abort(status: Int32) -> Never {
    ck_mpi_abort(status)
    _exit(status)
  }

  // MARK: Messages

  /// Starts messages.
  public func start(_ messages: [Message]) -> any PendingMessages {
    var requests = [ck_mpi_request?](repeating: nil, count: messages.count)
    for (place, message) in messages.enumerated() {
      let tag = Int32(message.tag)
      let error =
        switch message.peer {
        case .to(let rank):
          ck_mpi_send(
            message.bytes.baseAddress, message.bytes.count, Int32(rank), tag, &requests[place])
        case .from(let rank):
          ck_mpi_receive(
            message.bytes.baseAddress, message.bytes.count, Int32(rank), tag, &requests[place])
        }
      if error != 0 { end(because: Self.sentence(of: error)) }
    }
    return Requests(requests, of: self)
  }

  private final class Requests: PendingMessages {
    private var requests: [ck_mpi_request?]
    private let transport: OpenMPITransport

    init(_ requests: [ck_mpi_request?], of transport: OpenMPITransport) {
      self.requests = requests
      self.transport = transport
    }

    func isComplete() -> Bool {
      if requests.isEmpty { return true }
      var done: Int32 = 0
      let error = ck_mpi_test(&requests, Int32(requests.count), &done)
      if error != 0 { transport.end(because: OpenMPITransport.sentence(of: error)) }
      if done != 0 { requests = [] }
      return done != 0
    }
  }

  private static func sentence(of error: Int32) -> String {
    var text = [CChar](repeating: 0, count: 512)
    ck_mpi_describe(error, &text, text.count)
    let found = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "Open MPI cannot deliver a message: \(found)"
  }

  // MARK: Failures

  /// Prints the sentence and ends the process; mpirun then ends the other ranks.
  public func end(because sentence: String) -> Never {
    let text = "aesm2: rank \(rank) of \(rankCount): \(sentence)\n"
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    _exit(1)
  }

  /// Returns a sentence if a rank on this machine has ended.
  public func failureOfPeer() -> String? {
    let ended = neighbors.first { kill($0.process, 0) != 0 && errno == ESRCH }
    return ended.map {
      "rank \($0.rank) (process \($0.process)) has ended, so training cannot go on; the run "
        + "continues from its last checkpoint with --resume"
    }
  }

  private func findNeighbors() {
    let group = RankGroup(over: self)
    // Processes see each other if the machine and the name space of process ids are the same.
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    var space = stat()
    stat("/proc/self/ns/pid", &space)
    let machine = name.map { Int($0) } + [Int(space.st_ino), Int(space.st_dev)]
    let all = group.gathered(machine + [Int(getpid())], for: .control)
    neighbors = all.enumerated().compactMap { other, place in
      other != rank && place.dropLast() == all[rank].dropLast()
        ? Neighbor(rank: other, process: pid_t(place[place.count - 1])) : nil
    }
  }
}

/// The reason why ranks cannot work together, as one sentence.
public struct MessagePassingError: Error, Equatable, CustomStringConvertible {
  /// The sentence.
  public let description: String
}
