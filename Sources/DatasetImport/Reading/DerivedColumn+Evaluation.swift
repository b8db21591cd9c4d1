import Configuration
import Tabular

extension DerivedColumn {
  /// Returns the column for the rows of a frame.
  ///
  /// - Throws: ``Diagnostic`` with the line and the column of an unusable input.
  func evaluate(on frame: FileFrame) throws -> FileFrame.Column {
    switch derivation {
    case .difference(let first, let second, let modulo):
      let subtrahends = try frame.numbers(second)
      if modulo == nil, let a = try frame.numbers(first).smallDoubles,
        let b = subtrahends.smallDoubles
      {
        return .numbers(NumberColumn(zip(a, b).map { $0 - $1 }))
      }
      return try map(first, on: frame) { row, number in
        guard let subtrahend = subtrahends[row] else { return .missing }
        let difference = number.minus(subtrahend)
        return Exact(modulo.map { difference?.remainder($0) } ?? difference)
      }
    case .remainder(let column, let modulo):
      if let values = try frame.numbers(column).smallDoubles,
        modulo.value <= NumberColumn.smallMagnitude
      {
        let modulo = modulo.value
        return .numbers(
          NumberColumn(values.map { $0 - ($0 / modulo).rounded(.down) * modulo }))
      }
      return try map(column, on: frame) { Exact($1.remainder(modulo)) }
    case .sum(let columns):
      let others = try columns.dropFirst().map { try frame.numbers($0) }
      return try map(columns[0], on: frame) { row, number in
        var sum: Number? = number
        for other in others {
          guard let added = other[row] else { return .missing }
          sum = sum?.plus(added)
        }
        return Exact(sum)
      }
    case .ratio(let first, let second):
      let divisors = try frame.numbers(second)
      return try map(first, on: frame) { row, number in
        guard let divisor = divisors[row], divisor.value != 0 else { return .missing }
        return Exact(number.divided(by: divisor))
      }
    case .minuteOfDay(let column, let format?):
      return wholes(try moments(of: column, format, on: frame)) { $0.second / 60 }
    case .minuteOfDay(let column, nil):
      return try mapNumbers(of: column, on: frame, accepted: "a clock time HHMM") { value in
        guard let clock = Int(exactly: value), (0...2400).contains(clock) else { return nil }
        return clock % 100 < 60 ? Double(clock / 100 * 60 + clock % 100) : nil
      }
    case .dayNumber(let columns, let format):
      return wholes(try days(of: columns, format, on: frame)) { $0 }
    case .weekday(let columns, let format):
      return wholes(try days(of: columns, format, on: frame)) { CivilDate.weekday($0) }
    case .month(let columns, let format):
      return wholes(try days(of: columns, format, on: frame)) { CivilDate.date($0).month }
    case .epochSeconds(let column, let format):
      return wholes(try moments(of: column, format, on: frame)) { $0.day * 86_400 + $0.second }
    case .holds(let condition):
      var values = try condition.evaluate(on: frame).map { $0 ? 1.0 : 0.0 }
      for clause in condition.clauses {
        if case .isPresent = clause.test { continue }
        try frame.forEachCell(of: clause.column) { row, cell in
          if cell.isEmpty { values[row] = .nan }
        }
      }
      return .numbers(NumberColumn(values))
    case .bucket(let column, let width):
      if let values = try frame.numbers(column).smallDoubles,
        width.value <= NumberColumn.smallMagnitude
      {
        let width = width.value
        return .numbers(NumberColumn(values.map { ($0 / width).rounded(.down) }))
      }
      return try map(column, on: frame) { Exact($1.bucket(width: width)) }
    case .edges(let column, let edges):
      return try map(column, on: frame) { _, number in
        var count: Int128 = 0
        for edge in edges {
          guard let isBelow = number.isBelow(edge) else { return .inexact }
          count += isBelow ? 0 : 1
        }
        return .number(.whole(count))
      }
    case .log1p(let column):
      return try mapNumbers(of: column, on: frame, accepted: "a number from 0") { value in
        value >= 0 ? NumericalTransform.log1p(value) : nil
      }
    case .map(let column, let map):
      return .texts(
        try map.mapped(frame, column) { row, cell in
          frame.error(
            row, column,
            "'\(excerpt(cell))' is not mapped for '\(name)' (known: "
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
        let text = texts.map { $0.string(row) }.joined(separator: separator)
        result.append(CanonicalText.composed(text).utf8)
      }
      return .texts(result)
    }
  }

  /// Returns a column of whole numbers, missing where the input is.
  private func wholes<Value>(_ values: [Value?], _ transform: (Value) -> Int) -> FileFrame.Column {
    var numbers = NumberColumn([])
    for value in values { numbers.append(value.map { .whole(Int128(transform($0))) }) }
    return .numbers(numbers)
  }

  /// The result of arithmetic for a row.
  private enum Exact {
    case number(Number)
    case missing
    case inexact

    init(_ number: Number?) { self = number.map { .number($0) } ?? .inexact }
  }

  /// Computes a number from each row's number, if it has one.
  private func map(
    _ column: String, on frame: FileFrame, _ transform: (Int, Number) -> Exact
  ) throws -> FileFrame.Column {
    let numbers = try frame.numbers(column)
    var results = NumberColumn([])
    for row in 0..<numbers.count {
      switch numbers[row].map({ transform(row, $0) }) ?? .missing {
      case .number(let number): results.append(number)
      case .missing: results.append(nil)
      case .inexact:
        throw frame.error(
          row, column,
          "'\(name)' cannot be computed from \(numbers[row]?.text ?? ""): it \(Number.inexact)")
      }
    }
    return .numbers(results)
  }

  private func mapNumbers(
    of column: String, on frame: FileFrame, accepted: String, _ transform: (Double) -> Double?
  ) throws -> FileFrame.Column {
    let values = try frame.numbers(column).values
    return .numbers(
      NumberColumn(
        try values.enumerated().map { row, value in
          if value.isNaN { return .nan }
          if let result = transform(value) { return result }
          throw frame.error(
            row, column,
            "\(NumberText.format(value)) cannot be used for '\(name)', which needs \(accepted)")
        }))
  }
}

extension DerivedColumn {
  /// Returns the days since 1 January 1970 of dates in one column, or in columns of year, month (a
  /// number or an English name) and day; nil if a cell is missing.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a text is not a date.
  func days(of columns: [String], _ format: DateFormat?, on frame: FileFrame) throws -> [Int?] {
    guard columns.count == 1 else { return try days(ofParts: columns, on: frame) }
    if let format { return try moments(of: columns[0], format, on: frame).map { $0?.day } }
    return try read(columns[0], on: frame, "a date YYYYMMDD") { CivilDate.days($0) }
  }

  /// Returns the moments of a column in a format; nil if a cell is missing.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a text does not have the format.
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
