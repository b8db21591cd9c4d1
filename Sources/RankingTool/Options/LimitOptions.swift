import ArgumentParser
import Configuration
import Experiments

/// The time and memory that one run may take.
struct LimitOptions: ParsableArguments {
  @Option(help: "Minutes that one run may take (default: the specification's, or no limit).")
  var limitMinutes: Double?

  @Option(
    help: ArgumentHelp(
      "Memory that one run may take, such as 4GB (default: the specification's, or no limit).",
      valueName: "size"))
  var limitMemory: String?

  func validate() throws {
    if let limitMinutes, !(limitMinutes > 0 && limitMinutes <= 1e9) {
      throw ValidationError(
        "--limit-minutes is \(limitMinutes), but must be more than 0 and at most 1e9")
    }
    if let limitMemory {
      do { _ = try RunLimits.bytes(limitMemory) } catch {
        throw ValidationError("--limit-memory: \(error)")
      }
    }
  }

  /// The limits on the command line.
  var limits: RunLimits { limits(overriding: RunLimits()) }

  /// The limits on the command line, and for those not given, those of a specification.
  func limits(overriding other: RunLimits) -> RunLimits {
    RunLimits(
      minutes: limitMinutes ?? other.minutes,
      memory: limitMemory.flatMap { byteCount($0) } ?? other.memory)
  }

  /// Returns limits as they are given to a run.
  static func arguments(_ limits: RunLimits) -> [String] {
    (limits.minutes.map { ["--limit-minutes", "\($0)"] } ?? [])
      + (limits.memory.map { ["--limit-memory", "\($0)"] } ?? [])
  }
}
