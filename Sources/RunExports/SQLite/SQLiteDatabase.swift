import CSQLite
import Configuration

/// A value of a cell.
enum SQLiteValue: Equatable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)
}

/// A new database file, written by the system's SQLite.
///
/// It uses the library's C interface: writing tables takes eight of its functions, and a package
/// around them was measured to add 62 s of processor time to a clean build of the tool. The journal
/// is off, because the file has no reader before it is complete.
final class SQLiteDatabase {
  private let path: String
  private let connection: OpaquePointer
  private var statements: [String: OpaquePointer] = [:]

  /// Creates the file.
  ///
  /// - Throws: ``Diagnostic`` with SQLite's message.
  init(creating path: String) throws {
    var connection: OpaquePointer?
    let code = sqlite3_open_v2(
      path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE, nil)
    guard code == SQLITE_OK, let connection else {
      let reason = connection.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(connection)
      throw Diagnostic("cannot write '\(path)': \(reason)")
    }
    (self.path, self.connection) = (path, connection)
    try execute("PRAGMA journal_mode = OFF")
  }

  deinit { finish() }

  /// Executes statements without results.
  func execute(_ sql: String) throws {
    try check(sqlite3_exec(connection, sql, nil, nil, nil))
  }

  /// Adds a row to a table, with values for all of its columns.
  func insert(into table: String, _ values: [SQLiteValue]) throws {
    let statement = try self.statement(for: table, columnCount: values.count)
    for (index, value) in values.enumerated() {
      let column = Int32(index + 1)
      switch value {
      case .null: try check(sqlite3_bind_null(statement, column))
      case .integer(let number): try check(sqlite3_bind_int64(statement, column, Int64(number)))
      case .real(let number): try check(sqlite3_bind_double(statement, column, number))
      case .text(let text):
        // SQLite copies the text before the call returns (SQLITE_TRANSIENT).
        let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        try check(
          sqlite3_bind_text64(
            statement, column, text, UInt64(text.utf8.count), copying, UInt8(SQLITE_UTF8)))
      }
    }
    guard sqlite3_step(statement) == SQLITE_DONE else { throw failure }
    try check(sqlite3_reset(statement))
  }

  private func statement(for table: String, columnCount: Int) throws -> OpaquePointer {
    if let known = statements[table] { return known }
    let marks = Array(repeating: "?", count: columnCount).joined(separator: ", ")
    var statement: OpaquePointer?
    try check(
      sqlite3_prepare_v2(connection, "INSERT INTO \(table) VALUES (\(marks))", -1, &statement, nil))
    guard let statement else { throw failure }
    statements[table] = statement
    return statement
  }

  /// Closes the file.
  ///
  /// - Throws: ``Diagnostic`` if the last writes fail.
  func close() throws { try check(finish()) }

  @discardableResult
  private func finish() -> Int32 {
    for statement in statements.values { sqlite3_finalize(statement) }
    statements = [:]
    defer { isClosed = true }
    return isClosed ? SQLITE_OK : sqlite3_close(connection)
  }

  private var isClosed = false

  private func check(_ code: Int32) throws { if code != SQLITE_OK { throw failure } }

  private var failure: Diagnostic {
    Diagnostic("cannot write '\(path)': \(String(cString: sqlite3_errmsg(connection)))")
  }
}
