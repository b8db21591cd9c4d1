import CSQLite
import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import RunExports
import TestKit
import Testing
import Training

@Suite struct SQLiteTests {
  @Test func everyNumberOfARecordIsInItsTable() throws {
    let fixture = try ExportFixture()
    let database = try OpenDatabase(try fixture.export(SQLiteExporter.self, to: "runs.db"))
    for run in try fixture.runs {
      let rows = try database.rows(
        "SELECT state, model, seed, parameters, failure FROM runs WHERE id = '\(run.id)'")
      let parameters = run.record.map { "\($0.parameterCount)" } ?? "NULL"
      #expect(
        rows == [
          [
            run.state.rawValue, run.configuration.model, "\(run.configuration.seed)", parameters,
            run.outcome?.failure?.message ?? "NULL",
          ]
        ])
      for split in RunSplit.allCases {
        try checkMetrics(of: run, on: split, in: database)
      }
    }
  }

  private func checkMetrics(of run: StoredRun, on split: RunSplit, in database: OpenDatabase) throws
  {
    let rows = try database.rows(
      """
      SELECT metric, scope, task, scenario, value FROM metrics
      WHERE run = '\(run.id)' AND split = '\(split.rawValue)' ORDER BY rowid
      """)
    let found = try rows.map { row -> [String] in
      let scope: MetricScope =
        switch row[1] {
        case "macro": .macro
        case "pooled": .pooled
        case "task macro": .task(row[2])
        case "task pooled": .taskPooled(row[2])
        default: .cell(task: row[2], scenario: row[3])
        }
      return ["\(MetricName(try Metric(id: row[0]), scope))", row[4]]
    }
    let expected = run.record?[split].namedValues.map { name, value in
      ["\(name)", value.map { "\($0)" } ?? "NULL"]
    }
    #expect(found == expected ?? [])
  }

  @Test func settingsKeepTheirTypes() throws {
    let fixture = try ExportFixture()
    let database = try OpenDatabase(try fixture.export(SQLiteExporter.self, to: "runs.db"))
    let id = fixture.configurations[0].id
    #expect(
      try database.rows(
        "SELECT name, typeof(value), value FROM settings WHERE run = '\(id)' ORDER BY name") == [
          ["settings.sizes", "text", "[8]"], ["settings.width", "integer", "8"],
          ["training.learningRate", "real", "0.001"], ["training.monitor", "text", "auc/macro"],
        ])
  }

  @Test func theCourseIsThatOfTheCurvesOrElseOfTheRecord() throws {
    let fixture = try ExportFixture()
    let database = try OpenDatabase(try fixture.export(SQLiteExporter.self, to: "runs.db"))
    func course(_ configuration: RunConfiguration) throws -> [[String]] {
      try database.rows(
        "SELECT step, name, value FROM course WHERE run = '\(configuration.id)' ORDER BY step, name"
      )
    }
    #expect(try course(fixture.configurations[0]).count == 10)
    #expect(try course(fixture.configurations[0]).contains(["50", "loss/auxiliary/load", "0.125"]))
    #expect(
      try course(fixture.configurations[1]) == [
        ["50", "loss/total", "0.5"], ["50", "validation/auc/macro", "0.7"],
        ["100", "loss/total", "0.25"],
      ])
  }

  @Test func cellsCeilingsNotesAndPlacesAreThere() throws {
    let runs = try RunCollection(contentsOf: [committed("quickstart")]).runs
    let folder = try TemporaryFolder()
    let path = folder.path + "/runs.db"
    _ = try SQLiteExporter.export(ExportRequest(runs: runs, destination: path))
    let database = try OpenDatabase(path)
    let record = try #require(runs[0].record)
    let cellCount = record.test.tasks.count * (record.test.scenarios.count + 1)
    #expect(try database.rows("SELECT count(*) FROM cells") == [["\(2 * cellCount * runs.count)"]])
    #expect(
      try database.rows(
        "SELECT rows, positives FROM cells WHERE run = '\(runs[0].id)' AND split = 'test' "
          + "AND scenario IS NULL ORDER BY rowid")
        == record.test.pooled.map { ["\($0.rows)", "\($0.positives)"] })
    #expect(
      try database.rows(
        "SELECT auc FROM ceilings WHERE run = '\(runs[0].id)' AND scope = 'task pooled' ORDER BY rowid"
      )
      .map { Double($0[0]) } == record.ceilings?.expected.pooled)
    #expect(
      try database.rows("SELECT count(*) FROM places") == [
        ["\(runs.map(\.places.count).reduce(0, +))"]
      ])
    let notes = runs.compactMap(\.record).map { $0.notes.count + $0.deviations.count }.reduce(0, +)
    #expect(try database.rows("SELECT count(*) FROM notes") == [["\(notes)"]])
    #expect(try database.rows("PRAGMA integrity_check") == [["ok"]])
    #expect(try database.rows("PRAGMA foreign_key_check").isEmpty)
  }

  @Test func anOldFileIsReplacedAndAFolderIsNot() throws {
    let fixture = try ExportFixture()
    try fixture.fake.folder.write("old", to: "runs.db")
    let database = try OpenDatabase(try fixture.export(SQLiteExporter.self, to: "runs.db"))
    #expect(try database.rows("SELECT count(*) FROM runs") == [["4"]])
    #expect(
      sentence { try fixture.export(SQLiteExporter.self, to: "runs") }?
        .contains("is not a file that can be replaced") == true)
  }

  /// The queries of the documentation, with the results that it shows.
  @Test func queriesOfTheDocumentationGiveWhatItShows() throws {
    let runs = try RunCollection(contentsOf: [committed("quickstart")]).runs
    let folder = try TemporaryFolder()
    let path = folder.path + "/runs.db"
    _ = try SQLiteExporter.export(ExportRequest(runs: runs, destination: path))
    let database = try OpenDatabase(path)
    let page = try String(
      contentsOf: DataFolder.packageRoot.appending(path: "docs/sharing.md"), encoding: .utf8)
    let examples = page.matches(of: #/(?s)```sql\n(.*?)```\s*```text\n(.*?)```/#)
    #expect(examples.count >= 4)
    for example in examples {
      let rows = try database.rows(String(example.1)).map { $0.joined(separator: " | ") }
      #expect(rows.joined(separator: "\n") + "\n" == String(example.2), "\(example.1)")
    }
  }
}

/// A database that is read as other programs read it.
private final class OpenDatabase {
  private var connection: OpaquePointer?

  init(_ path: String) throws {
    guard sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else {
      throw Diagnostic("cannot open \(path)")
    }
  }

  deinit { sqlite3_close(connection) }

  /// Returns the rows of a query as text, `NULL` for null.
  func rows(_ sql: String) throws -> [[String]] {
    var statement: OpaquePointer?
    defer { sqlite3_finalize(statement) }
    guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else {
      throw Diagnostic("\(sql): \(String(cString: sqlite3_errmsg(connection)))")
    }
    var rows: [[String]] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      rows.append(
        (0..<sqlite3_column_count(statement)).map { column in
          // As text, SQLite gives 15 digits of a number.
          sqlite3_column_type(statement, column) == SQLITE_FLOAT
            ? "\(sqlite3_column_double(statement, column))"
            : sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "NULL"
        })
    }
    return rows
  }
}
