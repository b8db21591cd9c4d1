import Configuration
import Foundation

/// The decisions of an experiment's searches that depend on what the store held at the time, so that
/// a resumed search repeats them.
///
/// The file `EXPERIMENT.journal.jsonl` in the folder of the store has one line of JSON per decision
/// and is only appended to; the first line on a question counts. A line that was cut off by a crash is
/// no decision. Several processes may append: the file itself is locked for that.
struct SearchJournal {
  /// The runs from which the search of a row learns.
  struct WarmStart: Equatable {
    let row: String
    let model: String
    let dataset: String
    let runs: [String]
  }

  private let path: String

  init(of experiment: String, in store: RunStore) {
    path = "\(store.path)/\(experiment).journal.jsonl"
  }

  /// Returns the decision for a row, or nil if there is none yet.
  ///
  /// - Throws: ``Diagnostic`` with file and line.
  func warmStart(of row: String, model: String, dataset: String) throws -> WarmStart? {
    for (index, line) in try wholeLines().enumerated() {
      let decision = try locating("\(path):\(index + 1)") {
        try WarmStart(try ConfigurationValue(json: String(line)))
      }
      if decision.isFor(row, model, dataset) { return decision }
    }
    return nil
  }

  /// Makes a decision, unless it was made before; returns the one that counts.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read, locked or written.
  func decide(_ warmStart: WarmStart) throws -> WarmStart {
    var lock = try FileLock.take(path)
    while lock == nil {
      usleep(20_000)
      lock = try FileLock.take(path)
    }
    return try withExtendedLifetime(lock) {
      if let earlier = try self.warmStart(
        of: warmStart.row, model: warmStart.model, dataset: warmStart.dataset)
      {
        return earlier
      }
      try append(warmStart.value.canonicalJSON + "\n")
      return warmStart
    }
  }

  private func text() throws -> String {
    guard access(path, F_OK) == 0 else { return "" }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Diagnostic(unreadable: path)
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func wholeLines() throws -> [Substring] {
    let text = try text()
    return text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n")
  }

  /// Appends a line after the last whole line.
  private func append(_ line: String) throws {
    let text = try text()
    let end = text.lastIndex(of: "\n").map { text.utf8[...$0].count } ?? 0
    guard let file = FileHandle(forWritingAtPath: path) else {
      throw Diagnostic(cannot: "write", path)
    }
    defer { try? file.close() }
    do {
      try file.truncate(atOffset: UInt64(end))
      try file.write(contentsOf: Data(line.utf8))
      try file.synchronize()
    } catch { throw Diagnostic(cannot: "write", path, because: error) }
  }
}

extension SearchJournal.WarmStart {
  fileprivate func isFor(_ row: String, _ model: String, _ dataset: String) -> Bool {
    self.row == row && self.model == model && self.dataset == dataset
  }

  fileprivate var value: ConfigurationValue {
    .object([
      "dataset": .string(dataset), "model": .string(model), "row": .string(row),
      "warmStart": runs.configuration,
    ])
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(value, keys: ["dataset", "model", "row", "warmStart"])
    self.init(
      row: try fields("row", String.self), model: try fields("model", String.self),
      dataset: try fields("dataset", String.self),
      runs: try fields("warmStart", [String].self))
  }
}
