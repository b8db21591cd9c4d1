import Configuration

/// The division of rows into splits: rows that are neither test nor validation are train.
struct SplitSchema: Equatable, Sendable {
  /// A rule that determines the rows of a split.
  enum Rule: Equatable, Sendable {
    /// No rows: there is no such split.
    case none
    /// The rows of sources that declare this split.
    case published
    /// The rows for which a condition holds.
    case holds(Condition)
    /// A share of the values of some columns, chosen by hash; of the rows if there are no columns.
    case hash([String], share: Double)
    /// The last share of the rows of every train source, in file order.
    case last(Double)
    /// The rows with one of some values in a column; every value must occur.
    case leaveOut([String], column: String)
    /// An exact share of the units that are in no split yet.
    case draw(Units, share: Double)
    /// One of several equal parts, numbered from 1.
    case fold(Int, count: Int, Units)
  }

  /// The units that a rule draws: rows, or values of columns with all of their rows.
  struct Units: Equatable, Sendable {
    /// The columns whose equal cells keep rows together; empty if rows are drawn individually.
    var columns: [String]

    /// The columns within whose values every part gets its share.
    var strata: [String]
  }

  var test: Rule
  var validation: Rule

  /// The seed that shuffles rows and values; nil for the order of the unseeded hashes.
  var seed: Int?

  /// The columns used by the rules.
  var columns: [String] { textColumns + conditions.flatMap(\.columns) }

  /// The columns whose texts the rules use, apart from conditions.
  var textColumns: [String] {
    [test, validation].flatMap { rule -> [String] in
      switch rule {
      case .none, .published, .holds, .last: []
      case .hash(let columns, _): columns
      case .leaveOut(_, let column): [column]
      case .draw(let units, _), .fold(_, _, let units): units.columns + units.strata
      }
    }
  }

  /// The conditions of the rules.
  var conditions: [Condition] {
    [test, validation].compactMap { rule in
      if case .holds(let condition) = rule { return condition }
      return nil
    }
  }

  /// Reads `split`.
  init(_ node: YAMLNode) throws {
    let object = try node.object(["test", "validation", "seed"])
    let test = try object.required("test")
    self.test = try Self.rule(test)
    if self.test == .none { throw test.error("is 'none', but there must be test rows") }
    let validation = try object.required("validation")
    self.validation = try Self.rule(validation)
    seed = try object["seed"]?.wholeNumber(in: 0...Int.max)
    switch (self.test, self.validation) {
    case (.fold(let fold, let count, let units), .fold(let other, let otherCount, let otherUnits)):
      guard (count, units) == (otherCount, otherUnits) else {
        throw validation.error(
          "must have the same 'of', 'by' and 'stratify' as split.test, so that both are folds of "
            + "one division")
      }
      guard fold != other else { throw validation.error("is the fold that split.test is") }
      guard count > 2 else { throw validation.error("leaves no fold for train") }
    default: break
    }
  }

  private static func rule(_ node: YAMLNode) throws -> Rule {
    if node.isScalar {
      switch try node.text {
      case "published": return .published
      case "none": return .none
      default:
        throw node.error(
          "must be 'published', 'none' (validation only) or a mapping, but is '\(try node.text)'")
      }
    }
    let options = [
      "where": [], "hash": ["share"], "last": [], "leaveOut": ["of"],
      "draw": ["share", "stratify"], "fold": ["of", "by", "stratify"],
    ]
    let rules = ["where", "hash", "last", "leaveOut", "draw", "fold"]
    let all = ["share", "of", "by", "stratify"]
    let object = try node.object(rules + all)
    let rule = try object.only(of: rules)
    let accepted = options[rule] ?? []
    if let other = all.first(where: { object[$0] != nil && !accepted.contains($0) }) {
      throw node.error("has the key '\(other)', which '\(rule)' does not take")
    }
    let value = try object.required(rule)
    switch rule {
    case "where": return .holds(try Condition(value))
    case "last": return .last(try share(value))
    case "hash":
      return .hash(try columns(value), share: try share(try object.required("share")))
    case "leaveOut":
      return .leaveOut(try value.someTexts("values"), column: try object.required("of").text)
    case "draw":
      return .draw(
        try units(value, object["stratify"]), share: try share(try object.required("share")))
    default:
      let count = try object.required("of").wholeNumber(in: 2...Int.max)
      let fold = try value.wholeNumber(in: 1...Int.max)
      guard fold <= count else { throw value.error("is \(fold), but there are \(count) folds") }
      return .fold(fold, count: count, try units(object["by"], object["stratify"]))
    }
  }

  private static func units(_ columns: YAMLNode?, _ strata: YAMLNode?) throws -> Units {
    Units(columns: try columns.map(Self.columns) ?? [], strata: try strata?.texts ?? [])
  }

  /// Reads a list of columns; empty for `row`.
  private static func columns(_ node: YAMLNode) throws -> [String] {
    let names = try node.someTexts("columns, or 'row'")
    return names == ["row"] ? [] : names
  }

  private static func share(_ node: YAMLNode) throws -> Double {
    let share = try node.number
    guard share > 0, share < 1 else {
      let hint = share == 0 ? "; a data set without a validation split says 'validation: none'" : ""
      throw node.error("must be between 0 and 1, but is \(share)\(hint)")
    }
    return share
  }
}
