import Configuration
import Tabular

/// A condition on a row, as a conjunction of clauses.
struct Condition: Equatable, Sendable {
  /// A condition on one column.
  struct Clause: Equatable, Sendable {
    var column: String
    var test: Test
  }

  /// A test of a cell; a missing cell passes only `isPresent(false)` and `isNot`.
  enum Test: Equatable, Sendable {
    /// The text is one of the given texts.
    case isOne([String])
    /// The text is none of the given texts.
    case isNot([String])
    /// The number is at least the given number.
    case atLeast(Number)
    /// The number is below the given number.
    case below(Number)
    /// The cell is present, or missing if false.
    case isPresent(Bool)
  }

  var clauses: [Clause]

  /// The columns used by the condition.
  var columns: [String] { clauses.map(\.column) }

  init(clauses: [Clause]) { self.clauses = clauses }

  /// Reads `{column: tab, in: [1, 0]}`, or a list of such mappings.
  init(_ node: YAMLNode) throws {
    let parts = node.isList ? try node.elements : [node]
    guard !parts.isEmpty else { throw node.error("must have one or more conditions") }
    clauses = try parts.flatMap { part in
      let tests = ["equals", "in", "notIn", "atLeast", "below", "present"]
      let object = try part.object(["column"] + tests)
      let column = try object.required("column").text
      let stated = tests.compactMap { name in object[name].map { (name, $0) } }
      guard !stated.isEmpty else {
        throw part.error("lacks a test: one of \(tests.joined(separator: ", "))")
      }
      return try stated.map { Clause(column: column, test: try Self.test($0, $1)) }
    }
  }

  private static func test(_ name: String, _ node: YAMLNode) throws -> Test {
    switch name {
    case "equals": .isOne([try node.text])
    case "in": .isOne(try node.someTexts("values"))
    case "notIn": .isNot(try node.someTexts("values"))
    case "atLeast": .atLeast(try node.exactNumber)
    case "below": .below(try node.exactNumber)
    default: .isPresent(try node.flag)
    }
  }
}

extension Condition {
  /// Returns whether the condition holds for each row of a frame.
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

  /// Calls `body` with whether each row's number is below a bound; nil if the number is missing.
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
