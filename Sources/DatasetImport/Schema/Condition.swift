import Configuration
import Tabular

/// What must hold of a row: all clauses together.
struct Condition: Equatable, Sendable {
  /// What must hold of one column.
  struct Clause: Equatable, Sendable {
    var column: String
    var test: Test
  }

  /// How a cell is judged; a missing one passes `isPresent(false)` and `isNot` only.
  enum Test: Equatable, Sendable {
    /// The text is one of these.
    case isOne([String])
    /// The text is none of these.
    case isNot([String])
    /// The number is this or more.
    case atLeast(Number)
    /// The number is less than this.
    case below(Number)
    /// The cell is there, or (false) is missing.
    case isPresent(Bool)
  }

  var clauses: [Clause]

  /// The columns that the condition looks at.
  var columns: [String] { clauses.map(\.column) }

  init(clauses: [Clause]) { self.clauses = clauses }

  /// Reads `{column: tab, in: [1, 0]}`, or a list of such.
  init(_ node: YAMLNode) throws {
    let parts = node.isList ? try node.elements : [node]
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
    case "in": .isOne(try node.texts)
    case "notIn": .isNot(try node.texts)
    case "atLeast": .atLeast(try node.exactNumber)
    case "below": .below(try node.exactNumber)
    default: .isPresent(try node.flag)
    }
  }
}
