import Configuration
import Datasets
import Experiments
import Training

/// The tables of a SQLite file of runs; `docs/sharing.md` describes every column.
///
/// The version of the schema is the file's `PRAGMA user_version`: it is incremented when a table or
/// column changes its meaning or goes, not when one is added.
enum RunTables {
  static let schema = """
    PRAGMA user_version = 1;
    CREATE TABLE runs (
      id TEXT PRIMARY KEY, state TEXT NOT NULL, model TEXT NOT NULL, seed INTEGER NOT NULL,
      dataset TEXT NOT NULL, semantics INTEGER NOT NULL, parameters INTEGER, steps INTEGER,
      epochs REAL, best_step INTEGER, best_epoch REAL, stopped_early INTEGER,
      seconds_per_epoch REAL, rows_per_second REAL, processor_seconds_per_epoch REAL,
      failure TEXT, commit_id TEXT, toolchain TEXT, blas TEXT, processor TEXT, threads INTEGER, ranks INTEGER,
      ended TEXT) WITHOUT ROWID;
    CREATE TABLE places (
      run TEXT NOT NULL REFERENCES runs, row TEXT NOT NULL, purpose TEXT NOT NULL,
      trial INTEGER NOT NULL);
    CREATE TABLE settings (
      run TEXT NOT NULL REFERENCES runs, name TEXT NOT NULL, value,
      PRIMARY KEY (run, name)) WITHOUT ROWID;
    CREATE TABLE metrics (
      run TEXT NOT NULL REFERENCES runs, split TEXT NOT NULL, metric TEXT NOT NULL,
      scope TEXT NOT NULL, task TEXT, scenario TEXT, value REAL);
    CREATE TABLE cells (
      run TEXT NOT NULL REFERENCES runs, split TEXT NOT NULL, task TEXT NOT NULL, scenario TEXT,
      rows INTEGER NOT NULL, positives INTEGER NOT NULL);
    CREATE TABLE ceilings (
      run TEXT NOT NULL REFERENCES runs, scope TEXT NOT NULL, task TEXT NOT NULL, scenario TEXT,
      auc REAL NOT NULL);
    CREATE TABLE course (
      run TEXT NOT NULL REFERENCES runs, step INTEGER NOT NULL, epoch REAL NOT NULL,
      name TEXT NOT NULL, value REAL NOT NULL);
    CREATE TABLE notes (
      run TEXT NOT NULL REFERENCES runs, kind TEXT NOT NULL, text TEXT NOT NULL);
    """

  /// Indices are created last, when that is fastest.
  static let indices = """
    CREATE INDEX places_run ON places (run);
    CREATE INDEX metrics_run ON metrics (run, split, metric, scope);
    CREATE INDEX cells_run ON cells (run);
    CREATE INDEX ceilings_run ON ceilings (run);
    CREATE INDEX course_run ON course (run, name, step);
    CREATE INDEX notes_run ON notes (run);
    """

  /// Adds a run that has ended.
  static func insert(_ run: StoredRun, into database: SQLiteDatabase) throws {
    guard let outcome = run.outcome else { return }
    let id = SQLiteValue.text(run.id)
    try database.insert(into: "runs", row(of: run, outcome))
    for place in run.places {
      try database.insert(
        into: "places",
        [id, .text(place.row), .text(place.purpose.rawValue), .integer(place.trial)])
    }
    for (name, value) in run.hyperparameters.dropFirst(4) {
      try database.insert(into: "settings", [id, .text(name), SQLiteValue(value)])
    }
    for sample in try run.course() {
      for (name, value) in sample.values {
        try database.insert(
          into: "course",
          [id, .integer(sample.step), .real(sample.epoch), .text(name), .real(value)])
      }
    }
    guard let record = run.record else { return }
    for split in RunSplit.allCases { try insert(record[split], on: split, of: id, into: database) }
    try insert(record.ceilings, of: record.test, id, into: database)
    let notes = record.deviations.map { ("deviation", $0) } + record.notes.map { ("note", $0) }
    for (kind, text) in notes {
      try database.insert(into: "notes", [id, .text(kind), .text(text)])
    }
  }

  private static func row(of run: StoredRun, _ outcome: RunOutcome) -> [SQLiteValue] {
    let (own, origin, record) = (run.configuration, outcome.provenance, outcome.record)
    let (course, pause) = (record?.course, outcome.pause)
    let identity: [SQLiteValue] = [
      .text(run.id), .text(run.state.rawValue), .text(own.model), .integer(own.seed),
      .text(own.dataset), .integer(own.semantics),
    ]
    let training: [SQLiteValue] = [
      SQLiteValue(record?.parameterCount ?? pause?.parameterCount),
      SQLiteValue(course?.steps ?? pause?.steps),
      SQLiteValue(course?.epochs ?? pause.map { Double($0.epochs) }),
      SQLiteValue(course?.bestStep), SQLiteValue(course?.bestEpoch),
      SQLiteValue(course.map { $0.stoppedEarly ? 1 : 0 }),
      SQLiteValue(record?.timing.secondsPerEpoch), SQLiteValue(record?.timing.rowsPerSecond),
      SQLiteValue(record?.timing.processorSecondsPerEpoch),
      SQLiteValue(outcome.failure?.message ?? outcome.exclusion?.reason),
    ]
    return identity + training + [
      SQLiteValue(origin?.commit), SQLiteValue(origin?.toolchain), SQLiteValue(origin?.blas),
      SQLiteValue(origin?.processor), SQLiteValue(origin?.threads), SQLiteValue(origin?.ranks),
      SQLiteValue(origin?.date),
    ]
  }

  private static func insert(
    _ grid: MetricGrid, on split: RunSplit, of id: SQLiteValue, into database: SQLiteDatabase
  ) throws {
    let split = SQLiteValue.text(split.rawValue)
    for (name, value) in grid.namedValues {
      let place: [SQLiteValue] =
        switch name.scope {
        case .macro: [.text("macro"), .null, .null]
        case .pooled: [.text("pooled"), .null, .null]
        case .task(let task): [.text("task macro"), .text(task), .null]
        case .taskPooled(let task): [.text("task pooled"), .text(task), .null]
        case .cell(let task, let scenario): [.text("cell"), .text(task), .text(scenario)]
        }
      try database.insert(
        into: "metrics", [id, split, .text(name.metric.id)] + place + [SQLiteValue(value)])
    }
    for (task, name) in grid.tasks.enumerated() {
      let cells = zip(
        grid.scenarios.map { SQLiteValue.text($0) } + [.null],
        grid.cells[task] + [grid.pooled[task]])
      for (scenario, cell) in cells {
        try database.insert(
          into: "cells",
          [id, split, .text(name), scenario, .integer(cell.rows), .integer(cell.positives)])
      }
    }
  }

  private static func insert(
    _ ceilings: Ceilings?, of grid: MetricGrid, _ id: SQLiteValue, into database: SQLiteDatabase
  ) throws {
    guard let table = ceilings?.expected else { return }
    for (task, name) in grid.tasks.enumerated() {
      let rows: [(String, SQLiteValue, Double?)] =
        [("task macro", .null, table.macroMeans[task])]
        + [("task pooled", .null, table.pooled[task])]
        + zip(grid.scenarios, table.cells[task]).map { ("cell", .text($0), $1) }
      for case (let scope, let scenario, let auc?) in rows {
        try database.insert(
          into: "ceilings", [id, .text(scope), .text(name), scenario, .real(auc)])
      }
    }
  }
}

extension SQLiteValue {
  fileprivate init(_ number: Int?) { self = number.map { .integer($0) } ?? .null }

  fileprivate init(_ number: Double?) { self = number.map { .real($0) } ?? .null }

  fileprivate init(_ text: String?) { self = text.map { .text($0) } ?? .null }

  /// The value of a setting: a truth value as 0 or 1, a list as JSON text.
  fileprivate init(_ value: ConfigurationValue) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .integer(flag ? 1 : 0)
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .real(number)
    default: self = .text(value.plainText)
    }
  }
}
