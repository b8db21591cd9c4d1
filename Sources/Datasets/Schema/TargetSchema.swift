/// One level of the scenario tree.
struct ScenarioSchema: Equatable, Sendable {
  /// What happens to rows of a scenario that is not kept.
  enum Others: String, CaseIterable, Sendable {
    /// The import fails.
    case error
    /// The rows are dropped.
    case drop
    /// The rows form one more scenario, called `other`.
    case fold
  }

  var column: String

  /// The scenarios to keep, in this order; nil for all with enough train rows, sorted by name.
  var keep: [String]?

  /// How many train rows a scenario needs, where `keep` is nil.
  var minimumRows: Int

  var others: Others

  /// Reads one element of `scenarios`.
  init(_ node: SchemaNode) throws {
    if node.isScalar {
      (column, keep, minimumRows, others) = (try node.text, nil, 1, .error)
      return
    }
    let object = try node.object(["column", "keep", "minimum_rows", "others"])
    column = try object.required("column").text
    keep = try object["keep"]?.texts
    minimumRows = try object["minimum_rows"]?.integer(atLeast: 1) ?? 1
    others = try object["others"]?.choice(Others.self) ?? .error
    guard keep == nil || object["minimum_rows"] == nil else {
      throw node.error("has both 'keep' and 'minimum_rows', but must have one at most")
    }
    if let keep, keep.isEmpty || Set(keep).count < keep.count || keep.contains("other") {
      throw node.error("must keep one or more different scenarios, none of them called 'other'")
    }
  }
}

/// One thing to predict.
struct TaskSchema: Equatable, Sendable {
  var name: String

  /// The column of the label, 0 or 1.
  var label: String

  /// The rows that the task is defined on; nil for all.
  var definedWhere: Condition?

  /// Those rows in words.
  var domain: String?

  /// Reads one element of `tasks`.
  init(_ node: SchemaNode) throws {
    if node.isScalar {
      (name, label) = (try node.text, try node.text)
      return
    }
    let object = try node.object(["name", "label", "defined_where", "domain"])
    name = try object.required("name").text
    label = try object["label"]?.text ?? name
    definedWhere = try object["defined_where"].map { try Condition($0) }
    domain = try object["domain"]?.text
    if definedWhere != nil, domain == nil {
      throw node.error("lacks the key 'domain', which says in words where the task is defined")
    }
  }
}

/// How rows are divided: what is neither test nor validation is train.
struct SplitSchema: Equatable, Sendable {
  /// Which rows belong to a split.
  enum Rule: Equatable, Sendable {
    /// Those of the sources that say so.
    case published
    /// Those on which a condition holds.
    case holds(Condition)
    /// A share of the values of some columns, chosen by hash; of rows where there are no columns.
    case hash([String], share: Double)
    /// The last share of the rows of every train source, in file order.
    case last(Double)
  }

  var test: Rule
  var validation: Rule

  /// The columns that the rules look at.
  var columns: [String] {
    [test, validation].flatMap { rule -> [String] in
      switch rule {
      case .holds(let condition): condition.columns
      case .hash(let columns, _): columns
      case .published, .last: []
      }
    }
  }

  /// Reads `split`.
  init(_ node: SchemaNode) throws {
    let object = try node.object(["test", "validation"])
    test = try Self.rule(try object.required("test"))
    validation = try Self.rule(try object.required("validation"))
  }

  private static func rule(_ node: SchemaNode) throws -> Rule {
    if node.isScalar {
      guard try node.text == "published" else {
        throw node.error("is '\(try node.text)', but must be 'published' or a mapping")
      }
      return .published
    }
    let object = try node.object(["where", "hash", "share", "last"])
    switch try object.only(of: ["where", "hash", "last"]) {
    case "where": return .holds(try Condition(try object.required("where")))
    case "last": return .last(try share(try object.required("last")))
    default:
      let columns = try object.required("hash")
      let names = try columns.texts
      return .hash(names == ["row"] ? [] : names, share: try share(try object.required("share")))
    }
  }

  private static func share(_ node: SchemaNode) throws -> Double {
    let share = try node.number
    guard share > 0, share < 1 else { throw node.error("is \(share), but must be between 0 and 1") }
    return share
  }
}
