import Configuration
import Foundation

/// The process that holds a run, as written into the lock file of the run.
///
/// The lock decides whether a run is held. The lease tells others by whom, so that they can find a
/// process that hangs, and how many attempts in a row got nowhere. It is removed when an attempt
/// ends in an orderly way: the lease of a run that nobody holds is that of a killed process.
struct RunLease: Equatable {
  /// The name of the holder's machine.
  let host: String
  /// The process id of the holder.
  let process: pid_t
  /// The number of attempts in a row, this one included, that began at the same checkpoint.
  let attempt: Int
  /// What identifies the checkpoint at which the attempt began; empty if there was none.
  let checkpoint: String

  /// The name of this machine.
  static let ownHost: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }()

  fileprivate var text: String {
    ConfigurationValue.object([
      "attempt": .integer(attempt), "checkpoint": .string(checkpoint), "host": .string(host),
      "process": .integer(Int(process)),
    ]).canonicalJSON + "\n"
  }

  fileprivate init?(_ text: String) {
    guard let value = try? ConfigurationValue(json: text),
      let host = value["host"].flatMap(String.init(configuration:)),
      let process = value["process"].flatMap(Int.init(configuration:)),
      let number = pid_t(exactly: process), number > 0,
      let attempt = value["attempt"].flatMap(Int.init(configuration:)), attempt > 0,
      let checkpoint = value["checkpoint"].flatMap(String.init(configuration:))
    else { return nil }
    (self.host, self.process, self.attempt, self.checkpoint) = (host, number, attempt, checkpoint)
  }

  fileprivate init(attempt: Int, checkpoint: String) {
    host = Self.ownHost
    process = getpid()
    (self.attempt, self.checkpoint) = (attempt, checkpoint)
  }
}

extension RunDirectory {
  /// The lease in the lock file; nil if the last attempt ended in an orderly way.
  var lease: RunLease? {
    FileManager.default.contents(atPath: lockPath)
      .flatMap { RunLease(String(decoding: $0, as: UTF8.self)) }
  }

  /// The number of attempts in a row whose processes were killed before they wrote another
  /// checkpoint.
  var killedAttempts: Int {
    guard let lease, lease.checkpoint == checkpointIdentity else { return 0 }
    return lease.attempt
  }

  /// Writes the lease of this process, which holds the lock.
  func beginLease(_ lock: FileLock) {
    lock.write(RunLease(attempt: killedAttempts + 1, checkpoint: checkpointIdentity).text)
  }

  /// Removes the lease at the orderly end of an attempt.
  func endLease(_ lock: FileLock) { lock.write("") }

  /// Removes the lease of a killed process, whose end then does not count as a failed attempt.
  func forgetLease() throws { try take().map(endLease) }

  /// What changes with every sign of life of the holder, whatever any clock shows; nil if there is
  /// no lock file.
  var signOfLife: String? { fileStatus(lockPath).map(Self.identity) }

  /// What identifies the current checkpoint; empty if there is none.
  var checkpointIdentity: String { fileStatus(checkpointPath).map(Self.identity) ?? "" }

  private static func identity(_ status: stat) -> String {
    #if canImport(Darwin)
      let times = [status.st_mtimespec, status.st_ctimespec]
    #else
      let times = [status.st_mtim, status.st_ctim]
    #endif
    return "\(status.st_ino) \(status.st_size) "
      + times.map { "\($0.tv_sec).\($0.tv_nsec)" }.joined(separator: " ")
  }

  /// Whether the process of a lease is on this machine and has the lock file open, so that a signal
  /// reaches the holder and nobody else.
  ///
  /// Always false on systems without `/proc`.
  func isOpen(in lease: RunLease) -> Bool {
    let files = "/proc/\(lease.process)/fd"
    guard lease.host == RunLease.ownHost, let lock = fileStatus(lockPath),
      let names = try? FileManager.default.contentsOfDirectory(atPath: files)
    else { return false }
    return names.contains { name in
      guard let file = fileStatus("\(files)/\(name)") else { return false }
      return file.st_ino == lock.st_ino && file.st_dev == lock.st_dev
    }
  }
}
