/// A table: a heading row, then rows of cells.
struct ReportTable: Equatable {
  /// The contents of one cell.
  enum Cell: Equatable {
    case text(String)
    /// A number that may be among the best of its column.
    case number(String, Rank)
    /// Text that leads to a page of the same site; plain text elsewhere.
    case link(String, address: String)
    /// No measurement.
    case dash
  }

  enum Rank: Equatable { case best, second, other }

  var headings: [String]
  var rows: [[Cell]]
}

extension ReportTable {
  /// Returns the table with columns as rows; `corner` is the heading of the new first column.
  func transposed(corner: String) -> ReportTable {
    let labels = rows.map { row in
      if case .text(let label)? = row.first { label } else { "" }
    }
    return ReportTable(
      headings: [corner] + labels,
      rows: headings.indices.dropFirst().map { column in
        [.text(headings[column])] + rows.map { $0[column] }
      })
  }

  /// Returns the ranks of displayed numbers: all that are displayed like the best are best, and all
  /// displayed like the next are second.
  ///
  /// A column with only one number has no best.
  static func ranks(_ shown: [Double?], higherIsBetter: Bool?) -> [Rank] {
    let values = Set(shown.compactMap { $0 }).sorted()
    guard let higherIsBetter, shown.count(where: { $0 != nil }) > 1 else {
      return shown.map { _ in .other }
    }
    let ordered = higherIsBetter ? values.reversed() : values
    return shown.map { value in
      guard let value else { return .other }
      if value == ordered.first { return .best }
      return value == ordered.dropFirst().first ? .second : .other
    }
  }
}
