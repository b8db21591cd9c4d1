import Foundation

/// Feeds inputs to one reader until its time is up; runs in a process of its own, which a trap ends.
struct Worker {
  let target: FuzzTarget
  let seed: UInt64
  let scratch: URL

  /// What a worker says that cannot begin.
  static let inability = "the target cannot run"

  /// The exit statuses of a worker.
  static let finished: Int32 = 0
  static let found: Int32 = 3
  static let broken: Int32 = 4

  /// How much processor time one input may take, in seconds.
  static let secondsPerInput = 10
  /// How long it may wait for something, in seconds; more than a loaded machine lets it wait.
  static let patience: UInt32 = 300
  /// How much memory a worker may ever have.
  static let residentLimit = 1500 << 20

  /// The files in a worker's folder.
  static func inputFile(in scratch: URL) -> URL { scratch.appending(path: "input") }
  static func positionFile(in scratch: URL) -> URL { scratch.appending(path: "position") }
  static func sentenceFile(in scratch: URL) -> URL { scratch.appending(path: "sentence") }

  /// Feeds the inputs from position `first` on.
  func run(from first: Int, seconds: Double) -> Int32 {
    Self.limitMemory()
    let start = Date()
    var position = first
    do {
      let seeds = try target.seeds()
      for seed in seeds { try feed(seed, seed: seed, position: position) }
      let mutator = Mutator(
        form: target.form, words: target.words.map { Array($0.utf8) }, others: seeds)
      while Date().timeIntervalSince(start) < seconds {
        var generator = SeededGenerator(seed: seed, position: position, name: target.name)
        let seed = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
        try feed(
          mutator.mutated(seed, using: &generator), seed: seed, position: position)
        position += 1
      }
      try Data("\(position)".utf8).write(to: Self.positionFile(in: scratch))
      return Self.finished
    } catch let finding as Finding {
      try? Data(finding.description.utf8).write(to: Self.sentenceFile(in: scratch))
      return Self.found
    } catch {
      try? Data("\(Self.inability): \(error)".utf8).write(to: Self.sentenceFile(in: scratch))
      return Self.broken
    }
  }

  private func feed(_ input: [UInt8], seed: [UInt8], position: Int) throws {
    try Data(input).write(to: Self.inputFile(in: scratch))
    try Data("\(position)".utf8).write(to: Self.positionFile(in: scratch))
    Self.limitTime(seconds: Self.secondsPerInput)
    let folder = scratch.appending(path: "work")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try target.check(input, seed, folder)
    Self.limitTime(seconds: nil)
    let resident = Self.peakResidentBytes
    try require(
      resident <= Self.residentLimit, "takes \(resident >> 20) MB of memory")
  }

  /// Feeds one input and says what came of it.
  static func reproduce(_ target: FuzzTarget, input: [UInt8]) -> Int32 {
    limitMemory()
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "fuzz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      for seed in try target.seeds() {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try target.check(input, seed, folder)
        try FileManager.default.removeItem(at: folder)
        if target.name != "gzip" { break }
      }
      Fuzz.say("\(target.name): nothing wrong with this input")
      return finished
    } catch {
      Fuzz.say("\(target.name): \(error)")
      return found
    }
  }

  /// Has this process end by SIGPROF or SIGALRM when its time is up; nil takes the limits away.
  private static func limitTime(seconds: Int?) {
    var timer = itimerval()
    timer.it_value.tv_sec = seconds ?? 0
    #if canImport(Darwin)
      setitimer(ITIMER_PROF, &timer, nil)
    #else
      setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    #endif
    alarm(seconds == nil ? 0 : patience)
  }

  private static func limitMemory() {
    // The sanitizers need the address space.
    guard ProcessInfo.processInfo.environment["FUZZ_SANITIZED"] == nil else { return }
    var limit = rlimit(rlim_cur: 6 << 30, rlim_max: 6 << 30)
    #if canImport(Darwin)
      setrlimit(RLIMIT_AS, &limit)
    #else
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #endif
  }

  private static var peakResidentBytes: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return Int(usage.ru_maxrss)
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return Int(usage.ru_maxrss) << 10
    #endif
  }
}
