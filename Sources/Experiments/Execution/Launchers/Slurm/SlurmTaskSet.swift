/// Tasks of a job array, as Slurm names them: `12_3`, `12_[0-3,7%2]`, or `12` for all.
struct SlurmTaskSet: Equatable {
  /// The id of the array.
  let job: Int
  /// The tasks, as ranges; nil for all tasks of the job.
  let tasks: [ClosedRange<Int>]?

  /// The most tasks that Slurm can be configured for.
  private static let taskLimit = 4_000_000

  /// Reads the name of tasks; nil if it is not of that form, such as the name of a job's step.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let job = Self.number(first) else { return nil }
    self.job = job
    guard parts.count == 2 else {
      tasks = nil
      return
    }
    guard let tasks = Self.tasks(parts[1]) else { return nil }
    self.tasks = tasks
  }

  /// Creates the set of some tasks of a job.
  init(job: Int, tasks: Set<Int>) {
    self.job = job
    var ranges: [ClosedRange<Int>] = []
    for task in tasks.sorted() {
      if let last = ranges.last, last.upperBound + 1 == task {
        ranges[ranges.count - 1] = last.lowerBound...task
      } else {
        ranges.append(task...task)
      }
    }
    self.tasks = ranges
  }

  /// Reads the tasks after the underscore: a number, or a list in brackets with a throttle.
  static func tasks(_ text: some StringProtocol) -> [ClosedRange<Int>]? {
    var list = Substring(text)
    if list.hasPrefix("[") {
      guard list.hasSuffix("]") else { return nil }
      list = list.dropFirst().dropLast()
    }
    if let throttle = list.firstIndex(of: "%") { list = list[..<throttle] }
    var ranges: [ClosedRange<Int>] = []
    for part in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let found = range(part) else { return nil }
      ranges += found
    }
    return ranges
  }

  /// Reads `3`, `0-4`, or `0-8:2`.
  private static func range(_ text: Substring) -> [ClosedRange<Int>]? {
    let steps = text.split(separator: ":", omittingEmptySubsequences: false)
    let bounds = steps[0].split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(steps.count), (1...2).contains(bounds.count),
      let low = number(bounds[0]), let high = number(bounds[bounds.count - 1]),
      low <= high, high <= taskLimit
    else { return nil }
    guard steps.count == 2 else { return [low...high] }
    guard let step = number(steps[1]), step > 0 else { return nil }
    return stride(from: low, through: high, by: step).map { $0...$0 }
  }

  private static func number(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }

  /// The set as Slurm's programs read it.
  var text: String {
    guard let tasks else { return "\(job)" }
    let list = tasks.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    return "\(job)_[\(list.joined(separator: ","))]"
  }
}
