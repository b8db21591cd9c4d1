import ArgumentParser
import CMemoryLimit
import Configuration
import Experiments
import Foundation
import TensorCore

/// The handling of commands that run with limited memory (`ulimit -v`) and an unpredictable need
/// for it.
///
/// Swift crashes if it gets no memory, and the system lets a process that gets no thread wait
/// forever. So the work is done in a child process: this process reports how the child ended, and
/// removes what is left of its output.
struct LimitedMemory: ParsableArguments {
  @Option(help: .hidden)
  var parent: Int32?

  /// Runs the command of this process in a child process, unless memory is unlimited or this is the
  /// child.
  ///
  /// - Parameters:
  ///   - paths: The output paths; nothing is left there if the child fails for lack of memory.
  ///   - consequence: What a failure for lack of memory means for the user, asked for when it has happened.
  /// - Returns: Whether the work has been done.
  /// - Throws: ``MemoryError``, or the exit status of a child that reported its own failure.
  func runInChild(
    writing paths: [String] = [],
    consequence: @autoclosure () -> String = "the data set was not written"
  ) throws -> Bool {
    let limit = cm_address_space_limit()
    guard parent == nil, limit != .max else { return false }
    guard let program = Bundle.main.executablePath else { return false }
    var words = [program] + CommandLine.arguments.dropFirst()
    // What follows "--" is no option.
    words.insert(
      "--parent=\(ProcessInfo.processInfo.processIdentifier)",
      at: words.firstIndex(of: "--") ?? words.endIndex)
    let child = try WatchedChild(words, limit: limit)
    let end = try child.wait()
    guard case .exited(let status) = end else {
      paths.forEach(removeLeftovers)
      throw MemoryError(child.sentence(on: end, consequence()))
    }
    if status != 0 { throw ExitCode(status) }
    return true
  }
}

/// A child process with a memory limit.
private final class WatchedChild {
  private let process: ChildProcess
  private let error: Int32
  private let limit: UInt64
  private let stop = StopSignal.interrupt()
  private var held = ""
  private var isStuck = false

  init(_ command: [String], limit: UInt64) throws {
    self.limit = limit
    var pipe: [Int32] = [0, 0]
    guard Foundation.pipe(&pipe) == 0 else { throw Diagnostic(cannot: "create", "a pipe") }
    defer { close(pipe[1]) }
    error = pipe[0]
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // The trace of a crash would be longer than our message, and would itself take memory; an arena
    // for each thread would take half a gigabyte of addresses that are never used.
    process = try ChildProcess(
      command, output: STDOUT_FILENO, error: pipe[1],
      variables: ["SWIFT_BACKTRACE": "enable=no", "MALLOC_ARENA_MAX": "1"])
  }

  deinit { close(error) }

  /// Waits for the child to end, passing on signals, and the child's messages before a crash.
  func wait() throws -> ChildProcess.End {
    var sent = 0
    var look = Look(time: .now, processorTime: nil)
    while true {
      let end = process.ended()
      passOnMessages(atEnd: end != nil)
      if let end {
        if case .exited = end { StandardError.write(held) }
        return end
      }
      if stop.requestCount > sent {
        sent = stop.requestCount
        process.send(stop.exitStatus - 128)
      }
      if !isStuck, try isWaitingForMemory(since: &look) {
        isStuck = true
        process.send(SIGKILL)
      }
    }
  }

  /// Returns the reason why the child ended, as far as it can be determined.
  func sentence(on end: ChildProcess.End, _ consequence: String) -> String {
    let limit = "the limit of \(limit >> 20) MiB (ulimit -v)"
    if isStuck || held.contains("failed to allocate") {
      return "there is not enough memory within \(limit); \(consequence)"
    }
    guard case .killed(let signal) = end else { return held }
    let words = held.split(whereSeparator: \.isNewline).first.map { ": \($0)" } ?? ""
    return "the work crashed (signal \(signal))\(words); is there enough memory within \(limit)? "
      + consequence.prefix(1).uppercased() + consequence.dropFirst()
  }

  /// Copies the child's standard error up to the message of a crash.
  private func passOnMessages(atEnd: Bool) {
    var source = pollfd(fd: error, events: Int16(POLLIN), revents: 0)
    var bytes = [UInt8](repeating: 0, count: 4096)
    while poll(&source, 1, atEnd ? 0 : 50) > 0 {
      let count = read(error, &bytes, bytes.count)
      guard count > 0 else {
        if !atEnd { usleep(20_000) }
        return
      }
      held += String(decoding: bytes[..<count], as: UTF8.self)
      if held.contains("Fatal error:") { continue }
      StandardError.write(held)
      held = ""
    }
  }

  private struct Look {
    var time: ContinuousClock.Instant
    var processorTime: Int?
  }

  /// Returns whether the child has been idle for three seconds and has no room for another thread.
  private func isWaitingForMemory(since look: inout Look) throws -> Bool {
    guard ContinuousClock.now - look.time > .seconds(3) else { return false }
    let now = processorTime()
    defer { look = Look(time: .now, processorTime: now) }
    guard let now, let before = look.processorTime, now - before < 5 else { return false }
    return addressSpace().map { $0 + cm_stack_size() + (1 << 20) > limit } ?? false
  }

  /// Returns the processor time of the child in ticks, which are hundredths of a second.
  private func processorTime() -> Int? {
    let numbers = file("stat").split(separator: ")").last?.split(separator: " ") ?? []
    guard numbers.count > 12, let user = Int(numbers[11]), let system = Int(numbers[12]) else {
      return nil
    }
    return user + system
  }

  /// Returns the size of the child's address space in bytes.
  private func addressSpace() -> UInt64? {
    file("statm").split(separator: " ").first.flatMap { UInt64($0) }
      .map { $0 * UInt64(sysconf(Int32(_SC_PAGESIZE))) }
  }

  private func file(_ name: String) -> String {
    (try? String(contentsOfFile: "/proc/\(process.process)/\(name)", encoding: .utf8)) ?? ""
  }
}
