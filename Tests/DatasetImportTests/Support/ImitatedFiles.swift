import Foundation
import TestKit

// Internal: RowHash, SourceSchema, StagedColumns.
@testable import DatasetImport
// Internal: columns.
@testable import Tabular

/// Small files that a schema can be imported from: made-up values in the columns that it needs.
struct ImitatedFiles {
  let schema: DatasetSchema
  var rowCount = 400
  private static let keyCount = 20

  /// Writes every file that the schema names.
  func write(to folder: TemporaryFolder, under root: String) throws {
    for source in schema.sources {
      var own = columns(of: source.format, renames: source.renames, source)
      let joined = source.joins.map { join in
        columns(of: join.format, renames: join.renames, source, key: join.key)
      }
      if source.format.columns == nil, !source.joins.isEmpty {
        own = own.enumerated().filter { part(of: $1, at: $0, source) == source.joins.count }
          .map(\.1)
      }
      try folder.write(text(own, source.format, source, rowCount), to: "\(root)/\(source.file)")
      for (number, join) in source.joins.enumerated() {
        var columns = joined[number]
        if join.format.columns == nil {
          columns =
            [join.key]
            + columns.enumerated().filter { part(of: $1, at: $0, source) == number }.map(\.1)
        }
        let text = text(columns, join.format, source, Self.keyCount, key: join.key)
        try folder.write(text, to: "\(root)/\(join.file)")
      }
    }
  }

  /// The names of a file's columns, as the file has them.
  private func columns(
    of format: CSVFormat, renames: [String: String], _ source: SourceSchema, key: String? = nil
  ) -> [String] {
    if let columns = format.columns { return columns }
    let made = Set(schema.derived.map(\.name)).union(source.constants.keys)
    let needed = schema.closure(of: StagedColumns(schema).all.union(schema.filter?.columns ?? []))
      .union(source.joins.map(\.key))
    let old = Dictionary(renames.map { ($1, $0) }) { first, _ in first }
    let read = needed.subtracting(made).sorted()
    // At the end, so that the places of the others, which decide about their cells, stay the same.
    let never = schema.neverFeatures.map(\.text).filter { !read.contains($0) && !made.contains($0) }
    return (read + never).map { old[$0] ?? $0 }
  }

  /// Which join a column comes from; the number of joins for the file itself.
  private func part(of column: String, at index: Int, _ source: SourceSchema) -> Int {
    let isOwn = Self.special(column, 0) != nil || source.joins.contains { $0.key == column }
    return isOwn ? source.joins.count : index % (source.joins.count + 1)
  }

  private func text(
    _ columns: [String], _ format: CSVFormat, _ source: SourceSchema, _ rowCount: Int,
    key: String? = nil
  ) -> String {
    var lines = format.columns == nil ? [columns.joined(separator: ",")] : []
    let isKey = Set(source.joins.map(\.key))
    for row in 0..<rowCount {
      let cells = columns.map { column -> String in
        if column == key { return "\(row)" }
        let random = Int(RowHash.hash("\(source.file) \(column) \(row)") % 1_000_000)
        if isKey.contains(column) { return "\(random % Self.keyCount)" }
        return Self.special(column, random) ?? "\(random % 40)"
      }
      lines.append(cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The cell of a column that cannot hold just any number; nil for other columns.
  private static func special(_ column: String, _ random: Int) -> String? {
    func one(of texts: [String]) -> String { texts[random % texts.count] }
    switch column {
    case "click", "conversion", "purchase", "is_click", "long_view": return "\(random % 2)"
    case "item_49", "301": return "\(random % 3 + (column == "301" ? 1 : 0))"
    case "tab": return one(of: ["1", "0", "4", "6", "2", "11"])
    case "date": return one(of: (25...30).map { "202204\($0)" } + (1...8).map { "2022050\($0)" })
    case "upload_dt": return one(of: ["2022-04-01", "2022-03-31", "2021-12-31"])
    case "hourmin", "DepTime", "dep_time":
      return "\(random % 24 * 100 + random / 24 % 60)"
    case "Year", "year": return one(of: ["2011", "2014"])
    case "Month", "month": return "\(random % 12 + 1)"
    case "DayofMonth", "day": return "\(random % 28 + 1)"
    case "Origin", "origin": return one(of: ["A", "B", "C"])
    case "DepDelay", "dep_delay", "ArrDelay", "arr_delay":
      return random % 30 == 0 ? "" : "\(random % 60 - 15)"
    case "class_worker":
      return one(of: [
        "Not in universe", "Private", "Self-employed-not incorporated",
        "Local government", "State government", "Self-employed-incorporated",
        "Federal government", "Never worked",
      ])
    case "income_50k": return one(of: ["- 50000.", "50000+."])
    case "marital_stat": return one(of: ["Never married", "Divorced", "Widowed"])
    case "tag": return one(of: ["", "3", "\"3,7\"", "\"12,3,40\""])
    default: return nil
    }
  }
}
