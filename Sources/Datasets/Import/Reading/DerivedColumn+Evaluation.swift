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
    case .sum(let columns): return try sum(of: columns, on: frame)
    case .ratio(let first, let second): return try ratio(of: first, to: second, on: frame)
    case .minuteOfDay(let column, let format?):
      return .numbers(
        try moments(of: column, format, on: frame).map { $0.map { Double($0.second / 60) } ?? .nan }
      )
    case .minuteOfDay(let column, nil):
      return try mapNumbers(of: column, on: frame, accepted: "a clock time HHMM") { value in
        guard let clock = Int(exactly: value), (0...2400).contains(clock) else { return nil }
        return clock % 100 < 60 ? Double(clock / 100 * 60 + clock % 100) : nil
      }
    case .dayNumber(let columns, let format):
      return .numbers(
        try days(of: columns, format, on: frame).map { $0.map { Double($0) } ?? .nan })
    case .weekday(let columns, let format):
      return .numbers(
        try days(of: columns, format, on: frame).map {
          $0.map { Double(CivilDate.weekday($0)) } ?? .nan
        })
    case .month(let columns, let format):
      return .numbers(
        try days(of: columns, format, on: frame).map {
          $0.map { Double(CivilDate.date($0).month) } ?? .nan
        })
    case .epochSeconds(let column, let format):
      return .numbers(
        try moments(of: column, format, on: frame).map {
          $0.map { Double($0.day * 86_400 + $0.second) } ?? .nan
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
    case .map(let column, let map):
      return .texts(
        try map.mapped(frame, column) { row, cell in
          frame.error(
            row, column,
            "'\(String(decoding: cell, as: UTF8.self))' is not mapped for '\(name)' (known: "
              + "\(map.accepted)); say 'others: keep', 'others: missing' or give a 'default'")
        })
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
}
