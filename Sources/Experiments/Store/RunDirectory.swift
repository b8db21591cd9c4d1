import Configuration
import Foundation

/// The folder of one run.
public struct RunDirectory: Sendable {
  /// The path of the folder.
  public let path: String

  /// Creates a reference to the folder; nothing is read or written.
  public init(path: String) { self.path = path }

  /// The file with the configuration of the run.
  public var configurationPath: String { "\(path)/configuration.json" }
  /// The file with the record of a finished run.
  public var recordPath: String { "\(path)/record.json" }
  /// The file with the failure of a failed run.
  public var failurePath: String { "\(path)/failure.json" }
  /// The file with the progress of an active run.
  public var heartbeatPath: String { "\(path)/heartbeat.json" }
  /// The file with the standard output and standard error of the run's process.
  public var logPath: String { "\(path)/log.txt" }
  /// The file with the training state to resume from; removed when the run is done.
  public var checkpointPath: String { "\(path)/checkpoint.safetensors" }
  /// The file with the kept weights.
  public var weightsPath: String { "\(path)/weights.safetensors" }
  /// The file with one line of JSON per evaluation during training.
  public var curvesPath: String { "\(path)/curves.jsonl" }

  /// The name of the folder: for a run of a store, the id of its configuration.
  var id: String { URL(fileURLWithPath: path).lastPathComponent }

  /// Whether the run is done.
  var hasRecord: Bool { exists(recordPath) }

  /// Lists the folder, so that a network file system shows what other machines wrote.
  func refresh() { _ = try? FileManager.default.contentsOfDirectory(atPath: path) }

  /// The file whose lock reserves the run for a process.
  var lockPath: String { "\(path)/lock" }

  /// Whether there is a training state to resume from.
  ///
  /// A model that is fitted to its optimum never has one.
  public var hasCheckpoint: Bool { exists(checkpointPath) }

  /// The state of the run.
  public var state: RunStore.State {
    if exists(recordPath) { return .done }
    if FileLock.isHeld(lockPath) { return .running }
    if exists(failurePath) { return .failed }
    // The run may have ended between the two checks.
    if exists(recordPath) { return .done }
    return exists(configurationPath) ? .incomplete : .absent
  }

  /// Returns the configuration of the run.
  ///
  /// - Throws: ``Diagnostic`` if the file is missing or damaged.
  public func configuration() throws -> RunConfiguration {
    guard let value = try value(configurationPath) else {
      throw Diagnostic("is not the folder of a run: it has no configuration.json").at(path)
    }
    return try located(configurationPath) { try RunConfiguration(value) }
  }

  /// Returns how the run ended, or nil if it has not.
  ///
  /// - Throws: ``Diagnostic`` if the file is damaged, or belongs to another run than the
  ///   folder.
  public func outcome() throws -> RunOutcome? { try stored(id: nil)?.outcome }

  /// Returns how the run ended, with the text of its file; `id` is the run's id, nil to take it
  /// from the folder's configuration; `run` is the plan's run with this id, if there is one.
  func stored(id: String?, run: Plan.Run? = nil) throws -> StoredOutcome? {
    if let text = try text(recordPath) {
      return try stored(text, from: recordPath, id: id, run: run)
    }
    // A run that is being retried keeps its failure file until it holds the lock.
    guard let text = try text(failurePath), state == .failed else { return nil }
    return try stored(text, from: failurePath, id: id, run: run)
  }

  private func stored(_ text: String, from path: String, id: String?, run: Plan.Run?) throws
    -> StoredOutcome
  {
    let expected = try id ?? configuration().id
    return try located(path) {
      let (outcome, id) = try RunOutcome.read(json: text, of: run)
      guard id == expected else {
        throw Diagnostic("is of the run \(id), but lies in the folder of \(expected)")
      }
      return StoredOutcome(
        outcome: outcome, id: id,
        text: try Self.oneLine(text) ?? ConfigurationValue(json: text).canonicalJSON)
    }
  }

  /// Returns the text of a file without its final line break; nil if it contains other line breaks.
  private static func oneLine(_ text: String) -> String? {
    var text = text
    return text.withUTF8 { bytes in
      let line = bytes.last == 10 ? UnsafeBufferPointer(rebasing: bytes.dropLast()) : bytes
      guard let start = line.baseAddress, memchr(start, 10, line.count) == nil,
        memchr(start, 13, line.count) == nil
      else { return nil }
      return String(decoding: line, as: UTF8.self)
    }
  }

  /// Takes the run for this process, or returns nil if another has it.
  func take() throws -> FileLock? { try FileLock.inherited(lockPath) ?? FileLock.take(lockPath) }

  func write(_ record: RunRecord) throws {
    try AtomicFile.write(recordPath, bytes: (record.value.canonicalJSON + "\n").utf8)
  }

  func write(_ failure: RunFailure) throws {
    try AtomicFile.write(failurePath, bytes: (failure.value.canonicalJSON + "\n").utf8)
  }

  /// Writes the failure of a run whose process could not write it; does nothing if the run has
  /// ended, or if another process has it.
  func recordFailure(_ message: String) throws {
    guard try outcome() == nil, let lock = try take() else { return }
    try withExtendedLifetime(lock) {
      try write(
        RunFailure(configuration: configuration(), message: message, provenance: .current()))
      endLease(lock)
    }
  }

  /// Deletes the failure of an earlier attempt, if there is one, and the checkpoint that led to it,
  /// unless that is to be kept: without it the run starts over.
  func forgetFailure(keepingCheckpoint keepsCheckpoint: Bool) {
    guard exists(failurePath) else { return }
    if !keepsCheckpoint { removeCheckpoint() }
    unlink(failurePath)
  }

  func removeCheckpoint() { unlink(checkpointPath) }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  func value(_ path: String) throws -> ConfigurationValue? {
    try text(path).map { text in try located(path) { try ConfigurationValue(json: text) } }
  }

  /// Returns the text of a file, or nil if there is none.
  func text(_ path: String) throws -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Diagnostic(cannot: "read", path)
    }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    var count = 0
    while true {
      let got = bytes.withUnsafeMutableBytes {
        read(file, $0.baseAddress?.advanced(by: count), $0.count - count)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw Diagnostic(cannot: "read", path) }
      if got == 0 { break }
      count += got
      if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: count)) }
    }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      throw Diagnostic("\(path): is not UTF-8 text")
    }
    return text
  }

  private func located<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as Diagnostic { throw error.at(path) }
  }
}

extension RunDirectory {
  /// Creates the folder of a run, if it does not exist.
  ///
  /// A damaged configuration is written again if the name of the folder says which it is.
  ///
  /// - Throws: ``Diagnostic`` if it cannot be created, or if it holds another configuration or
  ///   anything other than a run.
  public func prepare(_ configuration: RunConfiguration) throws {
    if access(configurationPath, F_OK) != 0 { try make(configuration) }
    let found: RunConfiguration
    do { found = try self.configuration() } catch let error as Diagnostic
      where error.systemFailure == nil && path.hasSuffix("/\(configuration.id)")
    {
      return try write(configuration)
    }
    guard found.id == configuration.id else {
      throw Diagnostic(
        "holds a run of another configuration: \(found.difference(from: configuration))"
      ).at(path)
    }
  }

  private func write(_ configuration: RunConfiguration) throws {
    try AtomicFile.write(
      configurationPath, bytes: (configuration.value.canonicalJSON + "\n").utf8)
  }

  /// Creates a folder with its configuration under a temporary name, then renames it.
  ///
  /// The working folder and the root of a file system cannot be replaced by a renamed one, or must
  /// not be: if one is empty, the configuration is written into it.
  private func make(_ configuration: RunConfiguration) throws {
    if isWorkingFolder { return try writeIfEmpty(configuration) }
    let new = try PartialFolder(for: path)
    try RunDirectory(path: new.path).write(configuration)
    do {
      try new.publish(replacing: false)
    } catch let error as Diagnostic
      where [EEXIST, ENOTEMPTY].contains(error.systemFailure?.code)
    {
      // Another process may have created the same folder in the meantime, which is then kept.
    } catch let error as Diagnostic where error.systemFailure?.code == EBUSY {
      try writeIfEmpty(configuration)
    }
  }

  private var isWorkingFolder: Bool {
    guard let own = fileStatus(path), let working = fileStatus(".") else { return false }
    return own.st_ino == working.st_ino && own.st_dev == working.st_dev
  }

  private func writeIfEmpty(_ configuration: RunConfiguration) throws {
    let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    if names?.allSatisfy(isPartialName) == true { try write(configuration) }
  }
}

extension RunConfiguration {
  /// The first difference from another configuration, in words.
  fileprivate func difference(from other: RunConfiguration) -> String {
    let pairs =
      [("model", ConfigurationValue.string(model), ConfigurationValue.string(other.model))]
      + Self.pairs(settings, other.settings) + Self.pairs(training, other.training) + [
        ("dataset", .string(dataset), .string(other.dataset)),
        ("seed", .integer(seed), .integer(other.seed)),
      ]
    guard let (name, own, wanted) = pairs.first(where: { $1.canonicalJSON != $2.canonicalJSON })
    else { return "it has semantics \(semantics), not \(other.semantics)" }
    return "its \(name) is \(own.description), not \(wanted.description)"
  }

  private static func pairs(
    _ own: [String: ConfigurationValue], _ others: [String: ConfigurationValue]
  ) -> [(String, ConfigurationValue, ConfigurationValue)] {
    Set(own.keys).union(others.keys).sorted()
      .map { ($0, own[$0] ?? .null, others[$0] ?? .null) }
  }
}
