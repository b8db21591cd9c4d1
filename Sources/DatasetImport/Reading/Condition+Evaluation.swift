import Tabular

extension Condition {
  /// Returns for every row of a frame whether the condition holds.
  func evaluate(on frame: some Frame) throws -> [Bool] {
    var holds = [Bool](repeating: true, count: frame.rowCount)
    for clause in clauses {
      switch clause.test {
      case .isOne(let texts):
        try compare(clause.column, texts, on: frame) { row, isEqual, isMissing in
          if isMissing || !isEqual { holds[row] = false }
        }
      case .isNot(let texts):
        try compare(clause.column, texts, on: frame) { row, isEqual, _ in
          if isEqual { holds[row] = false }
        }
      case .isPresent(let expected):
        try frame.forEachCell(of: clause.column) { row, cell in
          if cell.isEmpty == expected { holds[row] = false }
        }
      case .atLeast(let bound):
        try compare(clause.column, bound, on: frame) { row, isBelow in
          if isBelow ?? true { holds[row] = false }
        }
      case .below(let bound):
        try compare(clause.column, bound, on: frame) { row, isBelow in
          if !(isBelow ?? false) { holds[row] = false }
        }
      }
    }
    return holds
  }

  /// Calls `body` with whether each row's number is below a bound; nil where the number is missing.
  private func compare(
    _ column: String, _ bound: Number, on frame: some Frame, _ body: (Int, Bool?) -> Void
  ) throws {
    let numbers = try frame.numbers(column)
    if let values = numbers.smallDoubles, bound.value.magnitude <= NumberColumn.smallMagnitude {
      let bound = bound.value
      for (row, value) in values.enumerated() { body(row, value.isNaN ? nil : value < bound) }
      return
    }
    for row in 0..<numbers.count {
      guard let number = numbers[row] else {
        body(row, nil)
        continue
      }
      guard let isBelow = number.isBelow(bound) else {
        throw frame.error(row, column, "\(number.text) \(Number.inexact)")
      }
      body(row, isBelow)
    }
  }

  private func compare(
    _ column: String, _ texts: [String], on frame: some Frame, _ body: (Int, Bool, Bool) -> Void
  ) throws {
    let accepted = texts.map { Array($0.utf8) }
    try frame.forEachCell(of: column) { row, cell in
      body(row, accepted.contains { $0.elementsEqual(cell) }, cell.isEmpty)
    }
  }
}
