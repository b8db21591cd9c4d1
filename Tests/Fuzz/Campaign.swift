import Foundation
import Synchronization

/// Runs workers, starts them again after a failure, and keeps the inputs that failed.
struct Campaign: Sendable {
  let targets: [FuzzTarget]
  let seconds: Double
  let seed: UInt64
  let jobs: Int
  let failures: String

  /// After so many failures of a target the others wait for a cure.
  private static let failureLimit = 20
  /// A worker is replaced after so long, in seconds, so that no leak adds up.
  private static let workerSeconds = 120.0

  /// Runs all targets; returns whether none failed.
  func run() -> Bool {
    let next = Mutex(0)
    let isClean = Mutex(true)
    DispatchQueue.concurrentPerform(iterations: min(jobs, targets.count)) { _ in
      while true {
        let index = next.withLock { next in
          defer { next += 1 }
          return next
        }
        guard index < targets.count else { return }
        if !run(targets[index]) { isClean.withLock { $0 = false } }
      }
    }
    return isClean.withLock { $0 }
  }

  private func run(_ target: FuzzTarget) -> Bool {
    let memory = URL(fileURLWithPath: "/dev/shm")
    let base =
      FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    let scratch = base.appending(path: "fuzz-\(target.name)-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let start = Date()
    var position = 0
    var failureCount = 0
    while failureCount < Self.failureLimit {
      let left = seconds - Date().timeIntervalSince(start)
      if left <= 0 { break }
      try? FileManager.default.removeItem(at: scratch)
      try? FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      let sentence = work(target, scratch, from: position, seconds: min(left, Self.workerSeconds))
      let reached = (try? String(contentsOf: Worker.positionFile(in: scratch), encoding: .utf8))
        .flatMap(Int.init)
      position = (reached ?? position) + 1
      if let sentence {
        failureCount += sentence.hasPrefix(Worker.inability) ? Self.failureLimit : 1
        keep(Worker.inputFile(in: scratch), of: target, sentence)
      }
    }
    Fuzz.say(
      "\(target.name): \(position) inputs, \(failureCount) failures, "
        + "\(Int(Date().timeIntervalSince(start))) s")
    return failureCount == 0
  }

  /// Runs one worker; returns what went wrong, nil where nothing did.
  private func work(_ target: FuzzTarget, _ scratch: URL, from first: Int, seconds: Double)
    -> String?
  {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [
      target.name, "--scratch", scratch.path, "--seed", "\(seed)", "--first",
      "\(first)", "--seconds", "\(Int(seconds.rounded(.up)))",
    ]
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = "enable=no"
    process.environment = environment
    let log = scratch.appending(path: "log")
    FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = FileHandle(forWritingAtPath: log.path)
    do { try process.run() } catch { return "the worker cannot be started: \(error)" }
    process.waitUntilExit()
    let status = process.terminationStatus
    if process.terminationReason == .exit, status == Worker.finished { return nil }
    if let sentence = try? String(contentsOf: Worker.sentenceFile(in: scratch), encoding: .utf8) {
      return sentence
    }
    if process.terminationReason == .uncaughtSignal, status == SIGPROF {
      return "takes more than \(Worker.secondsPerInput) s of processor time"
    }
    if process.terminationReason == .uncaughtSignal, status == SIGALRM {
      return "hangs for \(Worker.patience) s"
    }
    let words = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return "ends with \(process.terminationReason == .exit ? "status" : "signal") \(status): "
      + words.prefix(600)
  }

  private func keep(_ input: URL, of target: FuzzTarget, _ sentence: String) {
    let folder = URL(fileURLWithPath: failures)
    let name = "\(target.name)-\(UUID().uuidString.prefix(8))"
    let file = folder.appending(path: name)
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? FileManager.default.copyItem(at: input, to: file)
    Fuzz.say(
      "\(target.name): \(sentence)\n  to see it again: make fuzz-one TARGET=\(target.name) "
        + "INPUT=\(file.path)")
  }
}
