/// A column computed from other columns of the row.
struct DerivedColumn: Equatable, Sendable {
  /// The name of the new column.
  var name: String

  /// How it is computed.
  var derivation: Derivation

  /// Whether the author asserts that it reveals nothing of its never-features.
  var isSafe: Bool

  private static let operations = [
    "difference", "remainder", "minute_of_day", "day_number", "weekday", "is", "bucket", "log1p",
    "coalesce", "concat",
  ]

  /// Reads one element of `derive`.
  init(_ node: SchemaNode) throws {
    let object = try node.object(
      ["name", "safe", "modulo", "width", "edges", "with"] + Self.operations)
    name = try object.required("name").text
    isSafe = try object["safe"]?.flag ?? false
    let operation = try object.only(of: Self.operations)
    let options = [
      "difference": ["modulo"], "remainder": ["modulo"], "bucket": ["width", "edges"],
    ]
    for option in ["modulo", "width", "edges", "with"] where object[option] != nil {
      let accepted = operation == "concat" ? ["with"] : options[operation] ?? []
      guard accepted.contains(option) else {
        throw node.error("has the key '\(option)', which '\(operation)' does not take")
      }
    }
    derivation = try Derivation(operation, try object.required(operation), object)
  }
}

/// The ways to compute a column; where an input is missing, so is the result, unless stated.
enum Derivation: Equatable, Sendable {
  /// First minus second, as a remainder in `0..<modulo` where that is given.
  case difference(String, String, modulo: Double?)
  /// The remainder in `0..<modulo`.
  case remainder(String, modulo: Double)
  /// Minutes since midnight of a clock time written `HMM` or `HHMM`; 2400 gives 1440.
  case minuteOfDay(String)
  /// Days since 1 January 1970 of a date in one column, or in year, month and day columns.
  case dayNumber([String])
  /// Monday 1 to Sunday 7 of such a date.
  case weekday([String])
  /// 1 where the condition holds, else 0.
  case holds(Condition)
  /// The number divided by the width, rounded down.
  case bucket(String, width: Double)
  /// How many edges are at or below the number.
  case edges(String, [Double])
  /// log(1 + x), for x from 0.
  case log1p(String)
  /// The first that is not missing.
  case coalesce([String])
  /// The texts, one after the other; a missing one counts as empty.
  case concat([String], separator: String)

  fileprivate init(_ operation: String, _ node: SchemaNode, _ object: SchemaObject) throws {
    switch operation {
    case "difference":
      let columns = try node.texts
      guard columns.count == 2 else { throw node.error("must be a list of two columns") }
      self = .difference(columns[0], columns[1], modulo: try object["modulo"].map(Self.positive))
    case "remainder":
      self = .remainder(try node.text, modulo: try Self.positive(try object.required("modulo")))
    case "minute_of_day": self = .minuteOfDay(try node.text)
    case "day_number": self = .dayNumber(try Self.dateColumns(node))
    case "weekday": self = .weekday(try Self.dateColumns(node))
    case "is": self = .holds(try Condition(node))
    case "bucket":
      if let edges = object["edges"] {
        let values = try edges.elements.map { try $0.number }
        guard zip(values, values.dropFirst()).allSatisfy(<), !values.isEmpty else {
          throw edges.error("must be a list of rising numbers")
        }
        self = .edges(try node.text, values)
      } else {
        self = .bucket(try node.text, width: try Self.positive(try object.required("width")))
      }
    case "log1p": self = .log1p(try node.text)
    case "coalesce": self = .coalesce(try node.texts)
    default: self = .concat(try node.texts, separator: try object["with"]?.text ?? "")
    }
  }

  /// The columns that it is computed from.
  var columns: [String] {
    switch self {
    case .difference(let first, let second, _): [first, second]
    case .remainder(let column, _), .minuteOfDay(let column), .bucket(let column, _),
      .edges(let column, _), .log1p(let column):
      [column]
    case .dayNumber(let columns), .weekday(let columns), .coalesce(let columns),
      .concat(let columns, _):
      columns
    case .holds(let condition): condition.columns
    }
  }

  private static func positive(_ node: SchemaNode) throws -> Double {
    let value = try node.number
    guard value > 0 else { throw node.error("is \(value), but must be above 0") }
    return value
  }

  private static func dateColumns(_ node: SchemaNode) throws -> [String] {
    let columns = try node.texts
    guard columns.count == 1 || columns.count == 3 else {
      throw node.error("must be a date column, or a list of year, month and day columns")
    }
    return columns
  }
}
