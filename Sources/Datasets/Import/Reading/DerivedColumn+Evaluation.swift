#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension DerivedColumn {
  /// Returns the column for the rows of a frame.
  ///
  /// - Throws: ``DataError`` with the line and the column where an input cannot be used.
  func evaluate(on frame: Frame) throws -> Frame.Column {
    switch derivation {
    case .difference(let first, let second, let modulo):
      let values = zip(try frame.numbers(first), try frame.numbers(second)).map { $0 - $1 }
      return .numbers(modulo.map { m in values.map { remainder($0, m) } } ?? values)
    case .remainder(let column, let modulo):
      return .numbers(try frame.numbers(column).map { remainder($0, modulo) })
    case .minuteOfDay(let column):
      return try mapNumbers(of: column, on: frame, accepted: "a clock time HHMM") { value in
        guard let clock = Int(exactly: value), (0...2400).contains(clock) else { return nil }
        return clock % 100 < 60 ? Double(clock / 100 * 60 + clock % 100) : nil
      }
    case .dayNumber(let columns): return .numbers(try dayNumbers(of: columns, on: frame))
    case .weekday(let columns):
      return .numbers(
        try dayNumbers(of: columns, on: frame).map { day in
          day.isNaN ? .nan : Double(CivilDate.weekday(Int(day)))
        })
    case .holds(let condition):
      var values = try condition.evaluate(on: frame).map { $0 ? 1.0 : 0.0 }
      for clause in condition.clauses {
        if case .isPresent = clause.test { continue }
        try frame.forEachCell(of: clause.column) { row, cell in
          if cell.isEmpty { values[row] = .nan }
        }
      }
      return .numbers(values)
    case .bucket(let column, let width):
      return .numbers(try frame.numbers(column).map { ($0 / width).rounded(.down) })
    case .edges(let column, let edges):
      return .numbers(
        try frame.numbers(column).map { value in
          value.isNaN ? .nan : Double(edges.count { $0 <= value })
        })
    case .log1p(let column):
      return try mapNumbers(of: column, on: frame, accepted: "a number from 0") { value in
        value >= 0 ? Self.log1p(value) : nil
      }
    case .coalesce(let columns):
      let texts = try columns.map { try frame.texts($0) }
      var result = TextColumn()
      for row in 0..<frame.rowCount {
        let first = texts.first { column in column.withCell(row) { !$0.isEmpty } }
        if let first {
          first.withCell(row) { result.append($0) }
        } else {
          result.append("".utf8)
        }
      }
      return .texts(result)
    case .concat(let columns, let separator):
      let texts = try columns.map { try frame.texts($0) }
      var result = TextColumn()
      for row in 0..<frame.rowCount {
        result.append(texts.map { $0.string(row) }.joined(separator: separator).utf8)
      }
      return .texts(result)
    }
  }

  private static func log1p(_ value: Double) -> Double {
    #if canImport(Glibc)
      Glibc.log1p(value)
    #else
      Darwin.log1p(value)
    #endif
  }

  private func remainder(_ value: Double, _ modulo: Double) -> Double {
    value - (value / modulo).rounded(.down) * modulo
  }

  private func mapNumbers(
    of column: String, on frame: Frame, accepted: String, _ transform: (Double) -> Double?
  ) throws -> Frame.Column {
    let values = try frame.numbers(column)
    return .numbers(
      try values.enumerated().map { row, value in
        if value.isNaN { return .nan }
        if let result = transform(value) { return result }
        throw frame.error(
          row, column,
          "\(NumberText.format(value)) cannot be used for '\(name)', which needs \(accepted)")
      })
  }

  private func dayNumbers(of columns: [String], on frame: Frame) throws -> [Double] {
    var days = [Double](repeating: .nan, count: frame.rowCount)
    if columns.count == 1 {
      let texts = try frame.texts(columns[0])
      try texts.forEach { row, cell in
        guard !cell.isEmpty else { return }
        guard let day = CivilDate.days(cell) else {
          throw frame.error(row, columns[0], "'\(texts.string(row))' is not a date YYYYMMDD")
        }
        days[row] = Double(day)
      }
      return days
    }
    let parts = try columns.map { try frame.numbers($0) }
    for row in days.indices where parts.allSatisfy({ !$0[row].isNaN }) {
      let numbers = parts.map { Int(exactly: $0[row]) ?? 0 }
      guard let day = CivilDate.days(year: numbers[0], month: numbers[1], day: numbers[2]) else {
        throw frame.error(row, columns[2], "there is no such date as \(numbers)")
      }
      days[row] = Double(day)
    }
    return days
  }
}
