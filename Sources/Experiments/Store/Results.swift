import Configuration
import Foundation

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
    /// The number of the trial.
    public var trial: Int
    /// How the run ended.
    public var outcome: RunOutcome { didSet { (text, storedRun, knownID) = (nil, nil, nil) } }
    /// The line as it was read, which is written again as it is; nil for a line that was not read.
    private(set) var text: String?
    /// The run as it was read from its own file, which is written again as it is.
    private var storedRun: String?
    private var knownID: String?

    /// The name of the run.
    package var id: String { knownID ?? outcome.configuration.id }

    /// The seed.
    public var seed: Int { outcome.configuration.seed }

    /// Creates a line.
    public init(row: String, purpose: Plan.Purpose, trial: Int, outcome: RunOutcome) {
      self.row = row
      self.purpose = purpose
      self.trial = trial
      self.outcome = outcome
    }

    /// Creates the line of a run of a plan.
    public init(of run: Plan.Run, outcome: RunOutcome) {
      self.init(row: run.row, purpose: run.purpose, trial: run.trial, outcome: outcome)
    }

    /// Whether two lines say the same, however they were written.
    public static func == (a: Line, b: Line) -> Bool {
      a.row == b.row && a.purpose == b.purpose && a.trial == b.trial && a.outcome == b.outcome
    }

    /// The line as text: what was read, else canonical JSON.
    var json: String {
      if let text { return text }
      func quoted(_ text: String) -> String { ConfigurationValue.string(text).canonicalJSON }
      let run = storedRun ?? outcome.value.canonicalJSON
      return "{\"draw\":\(trial),\"purpose\":\(quoted(purpose.rawValue)),\"row\":\(quoted(row)),"
        + "\"run\":\(run)}"
    }
  }

  /// The runs.
  public var lines: [Line]

  /// Creates results.
  public init(lines: [Line]) { self.lines = lines }

  /// Collects the runs of a plan that have ended; what cannot be read is left out, and
  /// ``StoredOutcomes/problems`` says why.
  ///
  /// - Throws: ``Diagnostic`` if the runs have no metric to choose by.
  public init(of plan: Plan, in outcomes: StoredOutcomes) throws {
    lines = try outcomes.runs(of: plan).compactMap { run in
      outcomes.stored(run.id).map {
        Line(of: run, stored: $0)
      }
    }
  }

  /// The results as text: one line of JSON per run.
  ///
  /// What was read is written again as it was, so that what later versions add to records changes no
  /// older results; all else is canonical.
  public var jsonLines: String { lines.reduce(into: "") { $0 += $1.json + "\n" } }

  /// Reads what ``jsonLines`` wrote; `file` is named in messages.
  ///
  /// - Throws: ``Diagnostic`` with file and line.
  public init(jsonLines text: String, file: String) throws {
    lines = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      do { lines.append(try Line(json: String(line))) } catch let error
        as Diagnostic
      { throw error.at("\(file):\(index + 1)") }
    }
  }

  /// Reads a file of results.
  ///
  /// - Throws: ``Diagnostic``.
  public init(contentsOf path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Diagnostic("\(path): there is no such file, or it may not be read")
    }
    try self.init(jsonLines: String(decoding: data, as: UTF8.self), file: path)
  }
}

extension Results.Line {
  fileprivate init(of run: Plan.Run, stored: StoredOutcome) {
    self.init(of: run, outcome: stored.outcome)
    storedRun = stored.text
    knownID = stored.id
  }

  fileprivate init(json: String) throws {
    let fields = try ConfigurationFields(
      try ConfigurationValue(json: json), keys: ["row", "purpose", "draw", "run"])
    let purpose = try fields("purpose", String.self)
    guard let known = Plan.Purpose(rawValue: purpose) else {
      throw Diagnostic.unknown(
        "purpose", purpose, accepted: Plan.Purpose.allCases.map(\.rawValue))
    }
    self.init(
      row: try fields("row", String.self), purpose: known, trial: try fields("draw", Int.self),
      outcome: try RunOutcome(try fields.value("run")))
    text = json
    knownID = try fields.value("run")["id"].flatMap(String.init(configuration:))
  }
}
