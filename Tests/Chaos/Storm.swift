import Experiments
import Foundation

/// A sweep by several processes under random disturbances.
struct Storm {
  let site: Site
  private var draw: Draw
  private let count: Int
  private let begin = ContinuousClock.now
  private var workers: [(process: ChildProcess, log: String)] = []
  private var startCount = 0
  /// What is to be undone or continued later.
  private var later: [(time: ContinuousClock.Instant, action: () -> Void)] = []
  private(set) var counts: [String: Int] = [:]

  /// The longest milliseconds between two disturbances.
  private let longestPause: Int

  /// - Parameter calmSeconds: The duration of an undisturbed sweep, over which the disturbances are
  ///   spread.
  init(on site: Site, seed: UInt64, count: Int, calmSeconds: Double) {
    (self.site, self.count, draw) = (site, count, Draw(seed: seed))
    longestPause = max(40, Int(2000 * calmSeconds / Double(max(1, count))))
  }

  /// Disturbs the sweep until everything has happened and it is complete.
  ///
  /// - Returns: What is wrong.
  mutating func rage(atMost seconds: Double, until stop: StopSignal) throws -> [String] {
    var done = 0
    var next = ContinuousClock.now
    let deadline = begin + .seconds(seconds)
    var isComplete = false
    while !isComplete, .now < deadline, !stop.isRequested {
      for entry in later where entry.time <= .now { entry.action() }
      later.removeAll { $0.time <= .now }
      isComplete = try tendWorkers(calmly: done >= count)
      if done < count, .now >= next, !isComplete {
        if disturb() { done += 1 }
        next = .now + .milliseconds(draw.number(in: 20...longestPause))
      }
      usleep(20_000)
    }
    calmDown()
    say("chaos: \(done) disturbances, \(startCount) processes started, \(shown) s: \(summary)")
    if stop.isRequested { return ["stopped by a signal"] }
    guard isComplete else { return ["not complete after \(Int(seconds)) s"] }
    if done < count { say("chaos: the sweep was complete before the other \(count - done)") }
    return []
  }

  private var shown: String { String(format: "%.1f", (ContinuousClock.now - begin) / .seconds(1)) }
  private var summary: String {
    counts.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
  }

  private mutating func log(_ kind: String, _ detail: String = "") {
    counts[kind, default: 0] += 1
    say("[\(shown) s] \(kind)" + (detail.isEmpty ? "" : ": \(detail)"))
  }

  // MARK: Workers

  /// Replaces the processes that have ended, as a user would, who also removes the folders of
  /// damaged records; returns whether one of them found the experiment complete.
  private mutating func tendWorkers(calmly: Bool) throws -> Bool {
    for worker in workers {
      guard let end = worker.process.ended() else { continue }
      if end == .exited(status: 0) { return true }
      if end == .exited(status: 1), later.isEmpty {
        for run in site.damagedRuns() {
          say("[\(shown) s] removed the damaged run \(run.prefix(8))")
          try? FileManager.default.removeItem(atPath: "\(site.store)/\(run)")
        }
      }
    }
    workers.removeAll { $0.process.ended() != nil }
    while workers.count < 3 { try startWorker(calmly: calmly) }
    return false
  }

  /// Starts a process: every other one is a sweep that tries failed runs again.
  private mutating func startWorker(calmly: Bool) throws {
    startCount += 1
    let isSweep = startCount % 2 == 1
    let log = "\(site.folder)/worker-\(startCount).log"
    var command = site.command(
      [isSweep ? "sweep" : "work", site.experiment, "--store", site.store, "--jobs", "1"]
        + (isSweep ? ["--retry-failed"] : [])
        + [
          "--retries", "1000", "--heartbeat-timeout", "3", "--checkpoint-seconds", "0.05",
        ])
    if !calmly, draw.isLucky(oneIn: 6) {
      if site.diskMegabytes == nil {
        command = command.limitingFiles(toKilobytes: draw.number(in: 1...30))
        self.log("file size limit", "worker \(startCount)")
      } else if let library = Self.fakeTime {
        let days = draw.number(in: -3000...3000)
        command = command.adding([
          "LD_PRELOAD": library, "FAKETIME": "\(days < 0 ? "" : "+")\(days)d",
          "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ])
        self.log("clock moved", "worker \(startCount) by \(days) days")
      }
    }
    workers.append((try command.start(output: log, error: log), log))
  }

  /// The library that shows processes another time, if it is installed.
  private static let fakeTime = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  ].first(where: FileManager.default.isReadableFile)

  /// Undoes what is to be undone, and ends all processes.
  ///
  /// A run that was halted after it had written its record is in nobody's way, and goes on.
  private mutating func calmDown() {
    later.forEach { $0.action() }
    later = []
    for worker in workers { worker.process.send(SIGCONT) }
    for worker in workers { worker.process.send(SIGTERM) }
    waitWhile { workers.contains { $0.process.ended() == nil } }
    let runs = RunningProcess.all(mentioning: site.folder).filter(\.isRun)
    for run in runs { kill(run.id, SIGCONT) }
    waitWhile { RunningProcess.all(mentioning: site.folder).contains(where: \.isRun) }
  }

  private func waitWhile(_ condition: () -> Bool) {
    let deadline = ContinuousClock.now + .seconds(20)
    while condition(), .now < deadline { usleep(20_000) }
  }

  // MARK: Disturbances

  /// Disturbs something; returns whether there was anything to disturb.
  private mutating func disturb() -> Bool {
    switch draw.number(in: 0..<12) {
    case 0, 1: return signal(SIGKILL, "SIGKILL", toRun: true)
    case 2: return signal(SIGKILL, "SIGKILL", toRun: false)
    case 3: return signal(SIGTERM, "SIGTERM", toRun: draw.isLucky(oneIn: 2))
    case 4: return signal(SIGHUP, "SIGHUP", toRun: draw.isLucky(oneIn: 2))
    case 5: return halt(toRun: draw.isLucky(oneIn: 2))
    case 6: return hang()
    case 7: return fillDisk()
    case 8: return takePermission()
    case 9: return moveTimes()
    case 10: return truncateNewest()
    default: return flipBits()
    }
  }

  private mutating func process(isRun: Bool) -> RunningProcess? {
    draw.element(
      of: RunningProcess.all(mentioning: site.folder).filter {
        $0.isRun == isRun && $0.command.contains { $0.hasSuffix("/\(site.toolName)") }
          && ($0.isRun || $0.parent == getpid())
      })
  }

  private mutating func signal(_ number: Int32, _ name: String, toRun isRun: Bool) -> Bool {
    guard let process = process(isRun: isRun) else { return false }
    kill(process.id, number)
    log("\(name) to a \(isRun ? "run" : "coordinator")", "process \(process.id)")
    return true
  }

  /// Stops a process, which goes on later.
  private mutating func halt(toRun isRun: Bool) -> Bool {
    guard let process = process(isRun: isRun) else { return false }
    kill(process.id, SIGSTOP)
    let pause = draw.number(in: 100...2500)
    later.append((.now + .milliseconds(pause), { kill(process.id, SIGCONT) }))
    log("halt of a \(isRun ? "run" : "coordinator")", "process \(process.id) for \(pause) ms")
    return true
  }

  /// Stops a run for ever: another process must end it.
  private mutating func hang() -> Bool {
    guard let process = process(isRun: true) else { return false }
    kill(process.id, SIGSTOP)
    log("hanging run", "process \(process.id)")
    return true
  }

  private mutating func fillDisk() -> Bool {
    guard site.diskMegabytes != nil else { return false }
    site.fillDisk()
    let pause = draw.number(in: 100...1000)
    later.append((.now + .milliseconds(pause), { [site] in site.freeDisk() }))
    log("full disk", "for \(pause) ms")
    return true
  }

  private mutating func takePermission() -> Bool {
    guard site.isUnprivileged, let run = draw.element(of: runs) else { return false }
    let path = draw.isLucky(oneIn: 3) ? site.store : "\(site.store)/\(run)"
    let mode: mode_t = draw.isLucky(oneIn: 2) ? 0 : 0o555
    chmod(path, mode)
    let pause = draw.number(in: 50...600)
    later.append((.now + .milliseconds(pause), { chmod(path, 0o755) }))
    log("permission taken", "\(String(mode, radix: 8)) for \(pause) ms")
    return true
  }

  /// Gives the files of a run times in the past and the future.
  private mutating func moveTimes() -> Bool {
    guard let run = draw.element(of: runs) else { return false }
    for file in files(of: run) {
      let seconds = time(nil) + draw.number(in: -300_000_000...300_000_000)
      var times = [timeval(tv_sec: seconds, tv_usec: 0), timeval(tv_sec: seconds, tv_usec: 0)]
      utimes(file, &times)
    }
    log("times of files moved", String(run.prefix(8)))
    return true
  }

  private mutating func truncateNewest() -> Bool {
    let files = runs.flatMap { self.files(of: $0) }
    func age(_ path: String) -> (Int, Int) {
      var status = stat()
      guard stat(path, &status) == 0 else { return (0, 0) }
      return (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
    guard let file = files.filter({ !$0.hasSuffix("/lock") }).max(by: { age($0) < age($1) })
    else { return false }
    var status = stat()
    guard stat(file, &status) == 0, status.st_size > 0 else { return false }
    let size = draw.number(in: 0..<Int(status.st_size))
    truncate(file, off_t(size))
    log("newest file truncated", "\(shortened(file)) to \(size) of \(status.st_size) bytes")
    return true
  }

  private mutating func flipBits() -> Bool {
    let files = runs.flatMap { self.files(of: $0) }.filter {
      $0.hasSuffix("checkpoint.safetensors")
    }
    guard let file = draw.element(of: files) else { return false }
    let descriptor = open(file, O_RDWR)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    guard size > 0 else { return false }
    for _ in 0..<draw.number(in: 1...3) {
      let place = off_t(draw.number(in: 0..<size))
      var byte: UInt8 = 0
      guard pread(descriptor, &byte, 1, place) == 1 else { return false }
      byte ^= 1 << UInt8(draw.number(in: 0..<8))
      pwrite(descriptor, &byte, 1, place)
    }
    log("bits flipped", shortened(file))
    return true
  }

  private var runs: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: site.store)) ?? [])
      .filter { !$0.hasPrefix(".") }.sorted()
  }

  private func files(of run: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(site.store)/\(run)")) ?? [])
      .filter { !$0.hasPrefix(".") }.sorted().map { "\(site.store)/\(run)/\($0)" }
  }

  private func shortened(_ path: String) -> String {
    path.split(separator: "/").suffix(2).map { $0.count == 32 ? $0.prefix(8) : $0 }
      .joined(separator: "/")
  }
}

/// Random draws from a seed (SplitMix64).
struct Draw {
  private var generator: Generator

  init(seed: UInt64) { generator = Generator(state: seed) }

  mutating func number(in range: Range<Int>) -> Int { .random(in: range, using: &generator) }
  mutating func number(in range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
  mutating func isLucky(oneIn count: Int) -> Bool { number(in: 0..<count) == 0 }
  mutating func element<Element>(of elements: [Element]) -> Element? {
    elements.randomElement(using: &generator)
  }

  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
