import Configuration
import Tabular

extension DerivedColumn {
  /// Returns the days since 1 January 1970 of dates in one column, or in columns of year, month (a
  /// number or an English name) and day; nil where a cell is missing.
  ///
  /// - Throws: ``Diagnostic`` with the line, where a text is no date.
  func days(of columns: [String], _ format: DateFormat?, on frame: FileFrame) throws -> [Int?] {
    guard columns.count == 1 else { return try days(ofParts: columns, on: frame) }
    if let format { return try moments(of: columns[0], format, on: frame).map { $0?.day } }
    return try read(columns[0], on: frame, "a date YYYYMMDD") { CivilDate.days($0) }
  }

  /// Returns the moments of a column in a format; nil where a cell is missing.
  ///
  /// - Throws: ``Diagnostic`` with the line, where a text is not written so.
  func moments(of column: String, _ format: DateFormat, on frame: FileFrame) throws
    -> [DateFormat.Moment?]
  {
    try read(column, on: frame, "a date or time written \(format.text)") { format.moment($0) }
  }

  private func read<Value>(
    _ column: String, on frame: FileFrame, _ accepted: String,
    _ parse: (UnsafeBufferPointer<UInt8>) -> Value?
  ) throws -> [Value?] {
    var values: [Value?] = []
    values.reserveCapacity(frame.rowCount)
    try frame.forEachCell(of: column) { row, cell in
      guard !cell.isEmpty else { return values.append(nil) }
      guard let value = parse(cell) else {
        throw frame.error(
          row, column, "'\(excerpt(cell))' is not \(accepted)")
      }
      values.append(value)
    }
    return values
  }

  private func days(ofParts columns: [String], on frame: FileFrame) throws -> [Int?] {
    func whole(_ cell: UnsafeBufferPointer<UInt8>) -> Int? {
      NumberText.parse(cell).map { Int(exactly: $0) ?? 0 }
    }
    let years = try read(columns[0], on: frame, "a number", whole)
    let months = try read(columns[1], on: frame, "a month") { cell in
      whole(cell) ?? CivilDate.month(named: cell)
    }
    let days = try read(columns[2], on: frame, "a number", whole)
    return try years.indices.map { row in
      guard let year = years[row], let month = months[row], let day = days[row] else { return nil }
      guard let number = CivilDate.days(year: year, month: month, day: day) else {
        throw frame.error(row, columns[2], "there is no such date as \([year, month, day])")
      }
      return number
    }
  }
}
