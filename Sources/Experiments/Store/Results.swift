import Configuration
import Foundation

/// The finished and failed runs of an experiment, each with its place: the only input of a report's
/// numbers.
///
/// As text it has one line of JSON per run, in the order of the plan. It is committed beside the
/// table, which is a pure function of it and the specification; the code's current defaults have no
/// influence.
public struct Results: Sendable, Equatable {
  /// A run with its place in the experiment.
  public struct Line: Sendable, Equatable {
    /// The label of the row.
    public var row: String
    /// The purpose of the run.
    public var purpose: Plan.Purpose
    /// The number of the trial.
    public var trial: Int
    /// The name of the data set in the experiment's ``DataGrid``; nil if there is only one.
    public var cell: String?
    /// How the run ended.
    public var outcome: RunOutcome { didSet { (text, storedRun, knownID) = (nil, nil, nil) } }
    /// The line as read, which is written back unchanged; nil for a line that was not read.
    private(set) var text: String?
    /// The run as read from its own file, which is written back unchanged.
    private var storedRun: String?
    private var knownID: String?

    /// The name of the run.
    package var id: String { knownID ?? outcome.configuration.id }

    /// The seed.
    public var seed: Int { outcome.configuration.seed }

    /// Creates a line.
    public init(
      row: String, purpose: Plan.Purpose, trial: Int, cell: String? = nil, outcome: RunOutcome
    ) {
      self.row = row
      self.cell = cell
      self.purpose = purpose
      self.trial = trial
      self.outcome = outcome
    }

    /// Creates the line for a run of a plan.
    public init(of run: Plan.Run, outcome: RunOutcome) {
      self.init(row: run.row, purpose: run.purpose, trial: run.trial, outcome: outcome)
    }

    /// Whether two lines have the same content, however they were written.
    public static func == (a: Line, b: Line) -> Bool {
      a.row == b.row && a.purpose == b.purpose && a.trial == b.trial && a.cell == b.cell
        && a.outcome == b.outcome
    }

    /// The line as text: the text that was read, else canonical JSON.
    var json: String {
      if let text { return text }
      func quoted(_ text: String) -> String { ConfigurationValue.string(text).canonicalJSON }
      let run = storedRun ?? outcome.value.canonicalJSON
      let data = cell.map { "\"data\":\(quoted($0))," } ?? ""
      return
        "{\(data)\"draw\":\(trial),\"purpose\":\(quoted(purpose.rawValue)),\"row\":\(quoted(row)),"
        + "\"run\":\(run)}"
    }
  }

  /// The runs.
  public var lines: [Line]

  /// What gates and experts do in some of them.
  public var experts = InspectedRuns()

  /// Creates results.
  public init(lines: [Line]) { self.lines = lines }

  /// Collects the runs of a plan that have ended, with pruned and excluded trials, and the runs that
  /// its searches have learned from; unreadable files are left out and reported in
  /// ``StoredOutcomes/problems``.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - outcomes: The runs on disk.
  ///   - cell: The name of the plan's data set in a ``DataGrid``; nil if there is only one.
  /// - Throws: ``Diagnostic`` if the runs lack the selection metric.
  public init(of plan: Plan, in outcomes: StoredOutcomes, cell: String? = nil) throws {
    lines = try outcomes.runs(of: plan).compactMap { run in
      if let stored = outcomes.stored(run.id), run.extent == .whole {
        return Line(
          row: run.row, purpose: run.purpose, trial: run.trial, cell: cell, stored: stored)
      }
      return try outcomes.settled(run).map {
        Line(row: run.row, purpose: run.purpose, trial: run.trial, cell: cell, outcome: $0)
      }
    }
    lines += plan.warmRuns.map { row, record in
      Line(row: row, purpose: .warmStart, trial: 0, cell: cell, outcome: .done(record))
    }
  }

  /// The results as text: one line of JSON per run.
  ///
  /// Lines that were read are written back unchanged, so fields added to records by later versions
  /// do not change older results; all other lines are canonical JSON.
  public var jsonLines: String { lines.reduce(into: "") { $0 += $1.json + "\n" } }

  /// Reads the text written by ``jsonLines``; messages refer to it as `file`.
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

  /// Reads a results file.
  ///
  /// - Throws: ``Diagnostic``.
  public init(contentsOf path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Diagnostic(unreadable: path)
    }
    try self.init(jsonLines: String(decoding: data, as: UTF8.self), file: path)
    experts = try InspectedRuns(
      inFolder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }
}

extension Results.Line {
  /// Creates a line for a run that was read from a file, whose text it keeps.
  package init(
    row: String, purpose: Plan.Purpose, trial: Int, cell: String? = nil, stored: StoredOutcome
  ) {
    self.init(row: row, purpose: purpose, trial: trial, cell: cell, outcome: stored.outcome)
    storedRun = stored.text
    knownID = stored.id
  }

  init(json: String) throws {
    let fields = try ConfigurationFields(
      try ConfigurationValue(json: json), keys: ["row", "purpose", "draw", "data", "run"])
    let purpose = try fields("purpose", String.self)
    guard let known = Plan.Purpose(rawValue: purpose) else {
      throw Diagnostic.unknown(
        "purpose", purpose, accepted: Plan.Purpose.allCases.map(\.rawValue))
    }
    self.init(
      row: try fields("row", String.self), purpose: known, trial: try fields("draw", Int.self),
      cell: try fields.optional("data", String.self),
      outcome: try RunOutcome(try fields.value("run")))
    text = json
    knownID = try fields.value("run")["id"].flatMap(String.init(configuration:))
  }
}
