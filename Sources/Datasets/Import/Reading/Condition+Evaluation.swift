extension Condition {
  /// Returns for every row of a frame whether the condition holds.
  func evaluate(on frame: Frame) throws -> [Bool] {
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
        for (row, value) in try frame.numbers(clause.column).enumerated() where !(value >= bound) {
          holds[row] = false
        }
      case .below(let bound):
        for (row, value) in try frame.numbers(clause.column).enumerated() where !(value < bound) {
          holds[row] = false
        }
      }
    }
    return holds
  }

  private func compare(
    _ column: String, _ texts: [String], on frame: Frame, _ body: (Int, Bool, Bool) -> Void
  ) throws {
    let accepted = texts.map { Array($0.utf8) }
    try frame.forEachCell(of: column) { row, cell in
      body(row, accepted.contains { $0.elementsEqual(cell) }, cell.isEmpty)
    }
  }
}
