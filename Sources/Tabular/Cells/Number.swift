/// A number as written: exact if it is a whole number of up to 38 digits, else the nearest double.
///
/// Ids, hashes and times in nanoseconds have more digits than a double, so arithmetic on whole
/// numbers never uses doubles. A result that cannot be computed exactly is nil, which callers turn
/// into an error.
package enum Number: Equatable, Sendable {
  case whole(Int128)
  case real(Double)

  /// Doubles below this magnitude are exact: they represent every whole number.
  static let exactMagnitude = 0x1p53

  /// The description of a number that is not exact, for messages.
  package static let inexact =
    "has too many digits to be exact: whole numbers may have 38, others 15"

  /// Creates a number from the result of a computation, which must not be NaN.
  package init(_ value: Double) {
    if value.magnitude < Self.exactMagnitude, let whole = Int64(exactly: value) {
      self = .whole(Int128(whole))
    } else {
      self = .real(value)
    }
  }

  /// Parses decimal text; nil if it is not a finite number.
  package init?(_ text: UnsafeBufferPointer<UInt8>) {
    guard let value = NumberText.parse(text), value.isFinite else { return nil }
    if value.magnitude >= Self.exactMagnitude, let whole = NumberText.whole(text) {
      self = .whole(whole)
    } else {
      self.init(value)
    }
  }

  /// The nearest double.
  package var value: Double {
    switch self {
    case .whole(let whole): Double(whole)
    case .real(let value): value
    }
  }

  /// Whether the number may be used in arithmetic and comparisons.
  package var isExact: Bool {
    switch self {
    case .whole: true
    case .real: isExactDouble
    }
  }

  private var isExactDouble: Bool { value.magnitude < Self.exactMagnitude }

  /// The number as text, without a decimal point if it is whole.
  package var text: String {
    switch self {
    case .whole(let whole): String(whole)
    case .real(let value): NumberText.format(value)
    }
  }

  /// Returns this number minus another.
  package func minus(_ other: Number) -> Number? {
    if case .whole(let a) = self, case .whole(let b) = other {
      let (difference, overflows) = a.subtractingReportingOverflow(b)
      return overflows ? nil : .whole(difference)
    }
    return isExactDouble && other.isExactDouble ? Number(value - other.value) : nil
  }

  /// Returns this number plus another.
  package func plus(_ other: Number) -> Number? {
    if case .whole(let a) = self, case .whole(let b) = other {
      let (sum, overflows) = a.addingReportingOverflow(b)
      return overflows ? nil : .whole(sum)
    }
    return isExactDouble && other.isExactDouble ? Number(value + other.value) : nil
  }

  /// Returns this number divided by another, rounded to a double; nil if out of range.
  package func divided(by other: Number) -> Number? {
    let ratio = value / other.value
    return ratio.isFinite ? Number(ratio) : nil
  }

  /// Returns the remainder in `0..<modulo`; the modulo must be positive.
  package func remainder(_ modulo: Number) -> Number? {
    if case .whole(let a) = self, case .whole(let m) = modulo {
      let rest = a % m
      return .whole(rest < 0 ? rest + m : rest)
    }
    guard isExactDouble, modulo.isExactDouble else { return nil }
    return Number(value - (value / modulo.value).rounded(.down) * modulo.value)
  }

  /// Returns this number divided by a positive width, rounded down.
  package func bucket(width: Number) -> Number? {
    if case .whole(let a) = self, case .whole(let w) = width {
      return .whole(a / w - (a % w < 0 ? 1 : 0))
    }
    guard isExactDouble, width.isExactDouble else { return nil }
    return Number((value / width.value).rounded(.down))
  }

  /// Returns whether this number is less than another; nil if rounding hides the answer.
  package func isBelow(_ other: Number) -> Bool? {
    if case .whole(let a) = self, case .whole(let b) = other { return a < b }
    let (a, b) = (value, other.value)
    // Rounding preserves the order of numbers unless it makes them equal.
    return a == b && a.magnitude >= Self.exactMagnitude ? nil : a < b
  }
}

extension Number: Comparable {
  /// The order of exact numbers.
  package static func < (a: Number, b: Number) -> Bool { a.isBelow(b) ?? false }
}

/// The numbers of a column, exact if they are whole.
package struct NumberColumn {
  /// The nearest doubles; NaN where a number is missing.
  package private(set) var values: [Double] = []

  /// The whole numbers of rows whose doubles are not exact, and 0 for other rows; nil if there are
  /// none.
  package private(set) var wholes: [Int128]?

  /// Creates a column of computed numbers, with NaN where missing.
  package init(_ values: [Double]) { self.values = values }

  /// Creates a column from its stored parts.
  package init(_ values: [Double], wholes: [Int128]?) {
    self.values = values
    self.wholes = wholes
  }

  /// Creates a column from the nearest doubles of cells, parsing cells again if their doubles are
  /// inexact.
  ///
  /// - Parameter cell: Returns the bytes of a row.
  package init(_ values: [Double], cell: (Int) -> UnsafeBufferPointer<UInt8>) {
    self.values = values
    // As integers, the bit patterns of magnitudes have the same order; NaN is above all others.
    let limit = Number.exactMagnitude.bitPattern
    guard values.reduce(0, { max($0, $1.magnitude.bitPattern) }) >= limit,
      values.contains(where: { $0.magnitude >= Number.exactMagnitude })
    else { return }
    wholes = values.enumerated().map { row, value in
      value.magnitude >= Number.exactMagnitude ? NumberText.whole(cell(row)) ?? 0 : 0
    }
  }

  /// Doubles up to this magnitude are exact, and so are their sums, differences and remainders.
  package static let smallMagnitude = 0x1p52

  /// The doubles, NaN where missing, if all are small enough for exact arithmetic; otherwise nil.
  package var smallDoubles: [Double]? {
    values.contains { $0.magnitude > Self.smallMagnitude } ? nil : values
  }

  /// The number of rows.
  package var count: Int { values.count }

  /// The number of a row; nil if it is missing.
  package subscript(row: Int) -> Number? {
    let value = values[row]
    if value.magnitude < Number.exactMagnitude { return Number(value) }
    if let whole = wholes?[row], whole != 0 { return .whole(whole) }
    return value.isNaN ? nil : .real(value)
  }

  /// Adds a row.
  package mutating func append(_ number: Number?) {
    let value = number?.value ?? .nan
    if case .whole(let whole)? = number, value.magnitude >= Number.exactMagnitude {
      var wholes = self.wholes ?? [Int128](repeating: 0, count: values.count)
      self.wholes = nil
      wholes.append(whole)
      self.wholes = wholes
    } else {
      wholes?.append(0)
    }
    values.append(value)
  }

  /// Returns only the rows at `positions`.
  package func selecting(_ positions: [Int]) -> NumberColumn {
    NumberColumn(
      positions.map { values[$0] }, wholes: wholes.map { wholes in positions.map { wholes[$0] } })
  }
}

/// Rows with the same number of values each.
package struct NumberRows: Equatable {
  /// The values: `[rows, width]`, row-major.
  package let values: [Float]

  /// The number of values per row.
  package let width: Int

  package init(values: [Float], width: Int) {
    self.values = values
    self.width = width
  }

  /// Returns only the rows at `positions`.
  package func selecting(_ positions: [Int]) -> NumberRows {
    let selected = [Float](unsafeUninitializedCapacity: positions.count * width) { target, count in
      values.withUnsafeBufferPointer { values in
        guard let source = values.baseAddress, let target = target.baseAddress else { return }
        for (row, position) in positions.enumerated() {
          (target + row * width).update(from: source + position * width, count: width)
        }
      }
      count = positions.count * width
    }
    return NumberRows(values: selected, width: width)
  }
}
