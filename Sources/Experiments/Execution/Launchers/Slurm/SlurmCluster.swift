import Configuration

/// What is known of a cluster before anything is submitted to it.
struct SlurmCluster: Sendable, Equatable {
  /// The version of Slurm.
  let version: String
  /// The most tasks of one job array: `MaxArraySize`, below which all their numbers must be.
  let arraySize: Int
  /// Whether ended jobs are remembered: `AccountingStorageType`.
  let hasAccounting: Bool

  /// Asks the controller.
  ///
  /// - Throws: ``Diagnostic`` with advice if there is no Slurm here, or if the controller does not
  ///   answer.
  static func asked() throws -> SlurmCluster {
    let outcome = try SlurmTool(name: "scontrol").run(["show", "config"], timeLimit: .seconds(30))
    guard outcome.succeeded else {
      throw Diagnostic(
        "Slurm's controller does not answer (\(outcome.complaint)): check it by 'scontrol ping', and "
          + "try again when it is up; jobs that were submitted before are not affected. Without Slurm, "
          + "use --launcher local or --launcher commands")
    }
    return try SlurmCluster(configuration: outcome.output)
  }

  /// Reads the output of `scontrol show config`.
  ///
  /// - Throws: ``Diagnostic`` if it lacks a limit.
  init(configuration text: String) throws {
    var values: [Substring: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard let equal = line.firstIndex(of: "=") else { continue }
      values[line[..<equal].trimmed] = String(line[line.index(after: equal)...].trimmed)
    }
    guard let size = values["MaxArraySize"].flatMap({ Int($0) }) else {
      throw Diagnostic("'scontrol show config' does not tell MaxArraySize, the limit of job arrays")
    }
    guard size > 1 else {
      throw Diagnostic(
        "this cluster does not allow job arrays (MaxArraySize is \(size)), which aesm2 submits: ask its "
          + "administrator to raise it, or use --launcher commands inside jobs of your own")
    }
    version = values["SLURM_VERSION"] ?? "unknown"
    arraySize = size
    hasAccounting =
      values["AccountingStorageType"].map { $0 != "(null)" && !$0.hasSuffix("/none") } ?? false
  }
}

extension Substring {
  /// The text without spaces at its ends.
  fileprivate var trimmed: Substring {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
