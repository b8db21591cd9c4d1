import Configuration
import Experiments
import Foundation

/// One SQLite file for SQL queries; see ``RunTables``.
package enum SQLiteExporter: RunExporter {
  package static let id = "sqlite"
  package static let summary = "a SQLite file for SQL queries"
  package static let destination = "a file"
  package static let takesWeights = false

  /// Writes the file, replacing any of its name when it is complete.
  package static func export(_ request: ExportRequest) throws -> ExportSummary {
    let target = try followingLinks(request.destination)
    let mode = fileStatus(target)?.st_mode ?? S_IFREG
    guard mode & S_IFMT == S_IFREG, request.destination != AtomicFile.standardOutput else {
      throw Diagnostic("is not a file that can be replaced").at(request.destination)
    }
    let folder = try PartialFolder(for: "\(target)-new")
    let path = "\(folder.path)/runs.db"
    let database = try SQLiteDatabase(creating: path)
    try database.execute(RunTables.schema)
    try database.execute("BEGIN")
    for run in request.runs { try RunTables.insert(run, into: database) }
    try database.execute(RunTables.indices)
    try database.execute("COMMIT")
    try database.close()
    guard rename(path, target) == 0 else { throw Diagnostic(cannot: "write", request.destination) }
    return ExportSummary(written: request.runs.count)
  }
}
