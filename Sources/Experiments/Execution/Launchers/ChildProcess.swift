import Foundation
import Synchronization

/// A process that this process started and waits for.
///
/// It keeps no file open, so any number of them can be started in sequence. A thread waits for its
/// end.
package final class ChildProcess: Sendable {
  /// How a process ended.
  package enum End: Equatable {
    case exited(status: Int32)
    case killed(signal: Int32)
  }

  /// The process id.
  package let process: pid_t
  private let end = Mutex<End?>(nil)

  /// Starts a program with empty input, writing its output to a file that is created or
  /// overwritten, and passes a lock on to it.
  ///
  /// - Parameters:
  ///   - command: The path of the program, then its arguments.
  ///   - lock: The lock that the program holds from the start.
  ///   - ended: Called after the end, on another thread.
  /// - Throws: ``StartError``.
  convenience init(
    _ command: [String], output path: String, holding lock: FileLock,
    ended: @escaping @Sendable () -> Void
  ) throws {
    let log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard log >= 0 else { throw StartError(cannot: "write \(path)", code: errno) }
    defer { close(log) }
    let number = FileLock.inheritedDescriptor
    try self.init(
      command, output: log, error: log, variables: [FileLock.inheritanceVariable: "\(number)"],
      passing: [lock.descriptor: number], ended: ended)
  }

  /// Starts a program with empty input.
  ///
  /// - Parameters:
  ///   - command: The path of the program, then its arguments.
  ///   - output: The destination of its standard output.
  ///   - error: The destination of its standard error.
  ///   - variables: Environment variables added to those of this process, or replacing them.
  ///   - isShielded: Whether signals of the terminal, such as that of Ctrl-C, do not reach it.
  ///   - files: Open files that the program inherits, and their numbers there.
  ///   - ended: Called after the end, on another thread.
  /// - Throws: ``StartError``.
  package init(
    _ command: [String], output: Int32, error: Int32, variables: [String: String] = [:],
    isShielded: Bool = false, passing files: [Int32: Int32] = [:],
    ended: @escaping @Sendable () -> Void = {}
  ) throws {
    guard let program = command.first else {
      throw StartError("there is no command to start a run with")
    }
    #if canImport(Darwin)
      var streams: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var streams = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&streams)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&streams)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (file, stream) in [(output, STDOUT_FILENO), (error, STDERR_FILENO)] {
      posix_spawn_file_actions_adddup2(&streams, file, stream)
    }
    for (file, number) in files { posix_spawn_file_actions_adddup2(&streams, file, number) }
    // Reset the signals that this process ignores or blocks, except SIGHUP, which `nohup` ignores.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGPIPE, SIGXFSZ] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    if isShielded { flags |= POSIX_SPAWN_SETPGROUP }
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
      .map { "\($0)=\($1)" }
    var process: pid_t = 0
    let code = withCStrings(command) { arguments in
      withCStrings(environment.sorted()) { environment in
        posix_spawn(&process, program, &streams, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw StartError(cannot: "start \(program)", code: code) }
    self.process = process
    Thread.detachNewThread { [self] in
      waitForEnd()
      ended()
    }
  }

  /// Waits without collecting the exit status, so that the id stays valid for a signal sent
  /// meanwhile; then collects it.
  private func waitForEnd() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    end.withLock { end in
      var status: Int32 = 0
      while waitpid(process, &status, 0) != process {
        if errno == EINTR { continue }
        // Other code has already collected the exit status, so it is unknown.
        end = .exited(status: 255)
        return
      }
      let signal = status & 0x7f
      end = signal == 0 ? .exited(status: status >> 8 & 0xff) : .killed(signal: signal)
    }
  }

  /// Returns how the process ended, or nil while it is running.
  package func ended() -> End? { end.withLock { $0 } }

  /// Sends a signal, unless the process has ended.
  package func send(_ signal: Int32) { end.withLock { if $0 == nil { kill(process, signal) } } }
}

private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { copies.forEach { free($0) } }
  return body(copies + [nil])
}
