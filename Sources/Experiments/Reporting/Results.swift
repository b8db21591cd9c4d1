import Foundation
import Ranking

/// The runs of an experiment that have ended, each with its place: all that a report is made from.
///
/// As text it has one line of JSON per run, in the order of the plan. It is committed beside the
/// table, which is a pure function of it and the specification; the code's present defaults have no
/// part in it.
public struct Results: Sendable, Equatable {
  /// A run with its place in the experiment.
  public struct Line: Sendable, Equatable {
    /// The label of the row.
    public var row: String
    /// What the run was for.
    public var purpose: Plan.Purpose
    /// The number of the proposal.
    public var draw: Int
    /// How the run ended.
    public var outcome: RunOutcome

    /// The seed.
    public var seed: Int { outcome.configuration.seed }

    /// Creates a line.
    public init(row: String, purpose: Plan.Purpose, draw: Int, outcome: RunOutcome) {
      self.row = row
      self.purpose = purpose
      self.draw = draw
      self.outcome = outcome
    }
  }

  /// The runs.
  public var lines: [Line]

  /// Creates results.
  public init(lines: [Line]) { self.lines = lines }

  /// Collects the runs of a plan that have ended.
  ///
  /// - Throws: ``ConfigurationError`` where a file of the store is damaged.
  public init(of plan: Plan, in store: RunStore) throws {
    var known: [String: RunOutcome] = [:]
    func outcome(_ id: String) throws -> RunOutcome? {
      if let outcome = known[id] { return outcome }
      known[id] = try store.outcome(id)
      return known[id]
    }
    lines = try plan.runs(outcome: outcome).compactMap { run in
      try outcome(run.id).map {
        Line(row: run.row, purpose: run.purpose, draw: run.draw, outcome: $0)
      }
    }
  }

  /// The results as text: one line of canonical JSON per run.
  public var jsonLines: String {
    lines.map { line in
      ConfigurationValue.object([
        "row": .string(line.row), "purpose": .string(line.purpose.rawValue),
        "draw": .integer(line.draw), "run": line.outcome.value,
      ]).canonicalJSON + "\n"
    }.joined()
  }

  /// Reads what ``jsonLines`` wrote; `file` is named in messages.
  ///
  /// - Throws: ``ConfigurationError`` with file and line.
  public init(jsonLines text: String, file: String) throws {
    lines = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      do { lines.append(try Line(try ConfigurationValue(json: String(line)))) } catch let error
        as ConfigurationError
      { throw error.at("\(file):\(index + 1)") }
    }
  }

  /// Reads a file of results.
  ///
  /// - Throws: ``ConfigurationError``.
  public init(contentsOf path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError("\(path): there is no such file, or it may not be read")
    }
    try self.init(jsonLines: String(decoding: data, as: UTF8.self), file: path)
  }
}

extension Results.Line {
  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(value, keys: ["row", "purpose", "draw", "run"])
    let purpose = try fields("purpose", String.self)
    guard let known = Plan.Purpose(rawValue: purpose) else {
      throw ConfigurationError.unknown(
        "purpose", purpose, accepted: Plan.Purpose.allCases.map(\.rawValue))
    }
    self.init(
      row: try fields("row", String.self), purpose: known, draw: try fields("draw", Int.self),
      outcome: try RunOutcome(try fields.value("run")))
  }
}
