import Configuration
import Tabular

/// A column computed from other columns of the row.
struct DerivedColumn: Equatable, Sendable {
  /// The name of the new column.
  var name: String

  /// The position in the schema.
  let place: SchemaPlace

  /// The computation.
  var derivation: Derivation

  /// Whether the author asserts that it reveals nothing about its never-features.
  var isSafe: Bool

  private static let operations = [
    "difference", "sum", "ratio", "remainder", "minuteOfDay", "dayNumber", "weekday", "month",
    "epochSeconds", "is", "bucket", "log1p", "map", "coalesce", "concat",
  ]

  /// By operation, the additional keys that it accepts.
  private static let options = [
    "difference": ["modulo"], "remainder": ["modulo"], "bucket": ["width", "edges"],
    "minuteOfDay": ["format"], "dayNumber": ["format"], "weekday": ["format"],
    "month": ["format"], "epochSeconds": ["format"], "map": ["to", "others", "default"],
    "concat": ["with"],
  ]

  /// Reads one element of `derive`.
  init(_ node: YAMLNode) throws {
    place = SchemaPlace(node)
    let options = ["modulo", "width", "edges", "format", "to", "others", "default", "with"]
    let object = try node.object(["name", "safe"] + options + Self.operations)
    name = try object.required("name").text
    isSafe = try object["safe"]?.flag ?? false
    let operation = try object.only(of: Self.operations)
    for option in options where object[option] != nil {
      guard Self.options[operation]?.contains(option) ?? false else {
        throw node.error("has the key '\(option)', which '\(operation)' does not take")
      }
    }
    derivation = try Derivation(operation, try object.required(operation), object)
  }
}

/// The operations that compute a column; if an input is missing, so is the result, unless noted.
enum Derivation: Equatable, Sendable {
  /// First minus second, as a remainder in `0..<modulo` if given.
  case difference(String, String, modulo: Number?)
  /// The sum of several.
  case sum([String])
  /// First divided by second; missing if the second is 0.
  case ratio(String, String)
  /// The remainder in `0..<modulo`.
  case remainder(String, modulo: Number)
  /// Minutes since midnight of a clock time written `HMM` or `HHMM`, with 1440 for 2400, or in a
  /// given format.
  case minuteOfDay(String, DateFormat?)
  /// Days since 1 January 1970 of a date in one column, or in year, month and day columns.
  case dayNumber([String], DateFormat?)
  /// Day of the week of such a date, Monday 1 to Sunday 7.
  case weekday([String], DateFormat?)
  /// Month of such a date, January 1 to December 12.
  case month([String], DateFormat?)
  /// Seconds since 1 January 1970 of a time in a format, rounded down.
  case epochSeconds(String, DateFormat)
  /// 1 if the condition holds, else 0.
  case holds(Condition)
  /// The number divided by the width, rounded down.
  case bucket(String, width: Number)
  /// The number of edges at or below the number.
  case edges(String, [Number])
  /// log(1 + x), for x ≥ 0.
  case log1p(String)
  /// Texts replaced by other texts.
  case map(String, ValueMap)
  /// The first value that is not missing.
  case coalesce([String])
  /// The texts concatenated; a missing one counts as empty.
  case concat([String], separator: String)

  fileprivate init(_ operation: String, _ node: YAMLNode, _ object: YAMLObject) throws {
    switch operation {
    case "difference":
      let columns = try node.texts
      guard columns.count == 2 else { throw node.error("must be a list of two columns") }
      self = .difference(columns[0], columns[1], modulo: try object["modulo"].map(Self.positive))
    case "remainder":
      self = .remainder(try node.text, modulo: try Self.positive(try object.required("modulo")))
    case "sum":
      let columns = try node.texts
      guard columns.count > 1 else { throw node.error("must be a list of two or more columns") }
      self = .sum(columns)
    case "ratio":
      let columns = try node.texts
      guard columns.count == 2 else { throw node.error("must be a list of two columns") }
      self = .ratio(columns[0], columns[1])
    case "minuteOfDay":
      self = .minuteOfDay(try node.text, try Self.format(object, needs: \.hasTime, "a time"))
    case "dayNumber":
      self = .dayNumber(try Self.dateColumns(node), try Self.dateFormat(object, node))
    case "weekday": self = .weekday(try Self.dateColumns(node), try Self.dateFormat(object, node))
    case "month": self = .month(try Self.dateColumns(node), try Self.dateFormat(object, node))
    case "epochSeconds":
      _ = try object.required("format")
      guard let format = try Self.format(object, needs: \.hasDate, "a date") else {
        throw node.error("lacks the key 'format'")
      }
      self = .epochSeconds(try node.text, format)
    case "is": self = .holds(try Condition(node))
    case "bucket":
      if let edges = object["edges"] {
        guard object["width"] == nil else {
          throw object.node.error("has both 'width' and 'edges', but must have one of them")
        }
        let values = try edges.elements.map { try $0.exactNumber }
        guard zip(values, values.dropFirst()).allSatisfy(<), !values.isEmpty else {
          throw edges.error("must be a list of rising numbers")
        }
        self = .edges(try node.text, values)
      } else {
        guard let width = object["width"] else {
          throw object.node.error("lacks the key 'width' or 'edges', one of which 'bucket' needs")
        }
        self = .bucket(try node.text, width: try Self.positive(width))
      }
    case "log1p": self = .log1p(try node.text)
    case "map": self = .map(try node.text, try ValueMap(object))
    case "coalesce": self = .coalesce(try node.someTexts("columns"))
    default:
      self = .concat(try node.someTexts("columns"), separator: try object["with"]?.text ?? "")
    }
  }

  /// The columns that it is computed from.
  var columns: [String] {
    switch self {
    case .difference(let first, let second, _), .ratio(let first, let second): [first, second]
    case .remainder(let column, _), .minuteOfDay(let column, _), .bucket(let column, _),
      .edges(let column, _), .log1p(let column), .epochSeconds(let column, _),
      .map(let column, _):
      [column]
    case .dayNumber(let columns, _), .weekday(let columns, _), .month(let columns, _),
      .sum(let columns), .coalesce(let columns), .concat(let columns, _):
      columns
    case .holds(let condition): condition.columns
    }
  }

  private static func positive(_ node: YAMLNode) throws -> Number {
    let number = try node.exactNumber
    guard number.value > 0 else { throw node.error("must be above 0, but is \(number.text)") }
    return number
  }

  private static func dateFormat(_ object: YAMLObject, _ columns: YAMLNode) throws
    -> DateFormat?
  {
    let format = try format(object, needs: \.hasDate, "a date")
    guard try format == nil || columns.texts.count == 1 else {
      throw columns.error("is of three columns, which take no 'format'")
    }
    return format
  }

  private static func format(
    _ object: YAMLObject, needs part: (DateFormat) -> Bool, _ words: String
  ) throws -> DateFormat? {
    guard let node = object["format"] else { return nil }
    guard let format = DateFormat(try node.text) else {
      throw node.error(
        "must be epoch, epoch_ms, epoch_us, epoch_ns, or a pattern of %Y %y %m %b %B %d %H %I %M %S "
          + "%p, each once at most, but is '\(try node.text)'")
    }
    guard part(format) else { throw node.error("is '\(format.text)', which lacks \(words)") }
    return format
  }

  private static func dateColumns(_ node: YAMLNode) throws -> [String] {
    let columns = try node.texts
    guard columns.count == 1 || columns.count == 3 else {
      throw node.error("must be a date column, or a list of year, month and day columns")
    }
    return columns
  }
}
