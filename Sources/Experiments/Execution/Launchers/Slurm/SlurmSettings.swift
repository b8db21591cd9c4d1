import Configuration

/// How the runs of a sweep are submitted to Slurm: the block `slurm` of a specification, with
/// replacements from the command line.
///
/// | key | meaning | default |
/// | --- | --- | --- |
/// | `time` | the time limit of a task, as for `sbatch --time` | none: it must be given |
/// | `memory` | the memory of a task, such as `4G` | that of the cluster |
/// | `partition`, `account` | as for `sbatch` | those of the cluster |
/// | `cores` | the cores of a task; it executes `cores / threads` runs at a time | the threads of a run |
/// | `throttle` | the most tasks of a job that run at a time | no bound |
/// | `requeue` | how often a task that reaches its time limit is queued again | 3 |
/// | `bundle` | runs per task: a number, or `auto` by the time that runs took so far | `auto` |
/// | `signal` | the signal before the time limit and its seconds, such as `USR1@120` | `USR1@120` |
/// | `sbatch` | further options of `sbatch` by name | none |
/// | `setup` | lines of shell that precede the runs in the batch script | none |
public struct SlurmSettings: Sendable, Equatable {
  /// The number of runs per task.
  public enum Bundle: Sendable, Equatable {
    /// By the time that finished runs took.
    case automatic
    /// A fixed number.
    case fixed(Int)
  }

  /// The signal that precedes the end of a task.
  public struct Warning: Sendable, Equatable {
    /// The name: `USR1`, `USR2` or `TERM`.
    public var signal = "USR1"
    /// How many seconds before the time limit it is sent.
    public var seconds = 120
  }

  /// The time limit of a task; nil if none is given, with which nothing can be submitted.
  public var time: SlurmTime?
  /// The memory of a task.
  public var memory: String?
  /// The partition.
  public var partition: String?
  /// The account that is charged.
  public var account: String?
  /// The number of cores of a task; nil for the threads of one run.
  public var cores: Int?
  /// The most tasks that run at a time.
  public var throttle: Int?
  /// How often a task that reaches its time limit is queued again.
  public var requeue = 3
  /// The number of runs per task.
  public var bundle = Bundle.automatic
  /// The signal that precedes the end of a task.
  public var warning = Warning()
  /// Further options of `sbatch`, by name; an empty value stands for an option without one.
  public var options: [String: String] = [:]
  /// Lines of shell that precede the runs in the batch script.
  public var setup: [String] = []

  /// The keys.
  public static let keys = [
    "time", "memory", "partition", "account", "cores", "throttle", "requeue", "bundle", "signal",
    "sbatch", "setup",
  ]

  /// Creates settings without a time limit.
  public init() {}

  /// Replaces the value of a key.
  ///
  /// - Throws: ``Diagnostic`` if the key is unknown or the value is not accepted; it does not begin
  ///   with the key.
  public mutating func set(_ key: String, to value: ConfigurationValue) throws {
    switch key {
    case "time":
      guard let time = SlurmTime(value.description), time.seconds > 0 else {
        throw Self.refusal(
          value,
          "a time limit such as 90 (minutes), 01:30:00 or 2-12:00:00; Slurm kills what takes longer"
        )
      }
      self.time = time
    case "memory":
      let text = value.description
      guard text.wholeMatch(of: /[1-9][0-9]{0,11}[KMGT]?/) != nil else {
        throw Self.refusal(value, "a number of megabytes, or with a unit K, M, G or T, such as 4G")
      }
      memory = text
    case "partition": partition = try Self.word(value)
    case "account": account = try Self.word(value)
    case "cores": cores = try Self.count(value, in: 1...4096)
    case "throttle": throttle = try Self.count(value, in: 1...1_000_000)
    case "requeue": requeue = try Self.count(value, in: 0...1_000_000)
    case "bundle":
      bundle =
        value == .string("auto")
        ? .automatic : .fixed(try Self.count(value, in: 1...100_000, or: "auto"))
    case "signal": warning = try Self.warning(value)
    case "sbatch": options = try Self.options(value)
    case "setup": setup = try Self.lines(value)
    default: throw Diagnostic.unknown("key", key, accepted: Self.keys)
    }
  }

  /// Checks that the settings suffice to submit runs of `threads` threads.
  ///
  /// - Throws: ``Diagnostic`` that says what is missing or contradictory.
  func checkThatTheySuffice(threads: Int) throws {
    guard let time else {
      throw Diagnostic(
        "there is no time limit for Slurm: give one in the specification, as 'slurm: {time: "
          + "01:00:00}', or by --slurm time=01:00:00")
    }
    guard warning.seconds < time.seconds else {
      throw Diagnostic(
        "slurm: the signal is to come \(warning.seconds) s before the end of a task, but its time "
          + "limit is \(time.text): raise time, or give a later signal, such as "
          + "signal=\(warning.signal)@\(max(1, time.seconds / 4))")
    }
    if let cores, cores < threads {
      throw Diagnostic(
        "slurm: cores is \(cores), but a run has \(threads) threads: raise cores, or lower --threads"
      )
    }
  }

  private static func refusal(_ value: ConfigurationValue, _ accepted: String) -> Diagnostic {
    Diagnostic("must be \(accepted), but is '\(excerpt(value.description))'")
  }

  private static func count(
    _ value: ConfigurationValue, in range: ClosedRange<Int>, or other: String? = nil
  ) throws -> Int {
    guard let count = Int(configuration: value), range.contains(count) else {
      throw refusal(
        value,
        "a whole number from \(range.lowerBound) to \(range.upperBound)"
          + (other.map { ", or \($0)" } ?? ""))
    }
    return count
  }

  /// Returns text that fits into one option of the batch script.
  private static func word(_ value: ConfigurationValue) throws -> String {
    switch value {
    case .string, .integer, .number, .bool:
      let text = value.description
      if !text.isEmpty, visibleText(text) == text { return text }
    default: break
    }
    throw refusal(value, "text of one line")
  }

  private static func warning(_ value: ConfigurationValue) throws -> Warning {
    var text = value.description[...]
    if text.hasPrefix("B:") { text = text.dropFirst(2) }
    guard let match = text.wholeMatch(of: /(?:SIG)?(USR1|USR2|TERM)(?:@([1-9][0-9]{0,4}))?/),
      (match.2.flatMap { Int($0) } ?? 0) <= 65535
    else {
      throw refusal(
        value,
        "USR1, USR2 or TERM, with the seconds before the time limit, up to 65535, such as USR1@120")
    }
    return Warning(
      signal: String(match.1), seconds: match.2.flatMap { Int($0) } ?? Warning().seconds)
  }

  /// The options that the batch script sets itself, with the key that sets them.
  private static let ownOptions = [
    "account": "account", "array": "throttle", "cpus-per-task": "cores", "error": nil,
    "job-name": nil, "mem": "memory", "no-requeue": "requeue", "open-mode": nil, "output": nil,
    "parsable": nil, "partition": "partition", "requeue": "requeue", "signal": "signal",
    "test-only": nil, "time": "time", "wait": nil, "wrap": "setup",
  ]

  private static func options(_ value: ConfigurationValue) throws -> [String: String] {
    guard case .object(let members) = value else {
      throw refusal(value, "a mapping of options of sbatch to values, such as {qos: long}")
    }
    var options: [String: String] = [:]
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      try locating(excerpt(name)) {
        guard name.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil else {
          throw Diagnostic("is not the long name of an option of sbatch, such as 'qos'")
        }
        if let key = ownOptions[name] {
          throw Diagnostic(
            "is set by aesm2 itself" + (key.map { "; give '\($0)' under slurm instead" } ?? ""))
        }
        switch value {
        case .null, .bool(true): options[name] = ""
        case .bool(false):
          throw Diagnostic(
            "must be a value, or true for an option without one; to unset it, leave it out")
        default: options[name] = try word(value)
        }
      }
    }
    return options
  }

  private static func lines(_ value: ConfigurationValue) throws -> [String] {
    let lines: [ConfigurationValue]
    if case .list(let values) = value { lines = values } else { lines = [value] }
    return try lines.map { line in
      guard case .string(let text) = line, !text.contains("\0") else {
        throw refusal(value, "lines of shell, such as ['module load gcc']")
      }
      return text
    }
  }
}
