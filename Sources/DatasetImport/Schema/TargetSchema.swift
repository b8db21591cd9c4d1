import Configuration
import Ranking

/// One level of the scenario tree.
struct ScenarioSchema: Equatable, Sendable {
  /// The treatment of rows of a scenario that is not kept.
  enum Others: String, CaseIterable, Sendable {
    /// The import fails.
    case error
    /// The rows are dropped.
    case drop
    /// The rows form an additional scenario called `other`.
    case fold
  }

  var column: String

  /// The position in the schema.
  let place: SchemaPlace

  /// The scenarios to keep, in order; nil for all with enough train rows, sorted by name.
  var keep: [String]?

  /// The minimum number of train rows of a scenario if `keep` is nil.
  var minimumRows: Int

  var others: Others

  /// Reads one element of `scenarios`.
  init(_ node: YAMLNode) throws {
    place = SchemaPlace(node)
    if node.isScalar {
      (column, keep, minimumRows, others) = (try node.text, nil, 1, .error)
      return
    }
    let object = try node.object(["column", "keep", "minimumRows", "others"])
    column = try object.required("column").text
    keep = try object["keep"]?.texts
    minimumRows = try object["minimumRows"]?.wholeNumber(in: 1...Int.max) ?? 1
    others = try object["others"]?.choice(as: Others.self) ?? .error
    guard keep == nil || object["minimumRows"] == nil else {
      throw node.error("has both 'keep' and 'minimumRows', but must have one at most")
    }
    if let keep, keep.isEmpty || Set(keep).count < keep.count || keep.contains("other") {
      throw node.error("must keep one or more different scenarios, none of them called 'other'")
    }
  }
}

/// A prediction task.
struct TaskSchema: Equatable, Sendable {
  var name: String

  /// The position in the schema.
  let place: SchemaPlace

  /// The column of the label, 0 or 1.
  var label: String

  /// The rows on which the task is defined; nil for all.
  var definedWhere: Condition?

  /// A description of those rows.
  var domain: String?

  /// The name of the task that this one follows; see ``RankingTask``.
  var follows: String?

  /// Reads one element of `tasks`.
  init(_ node: YAMLNode) throws {
    place = SchemaPlace(node)
    if node.isScalar {
      (name, label) = (try node.text, try node.text)
      return
    }
    let object = try node.object(["name", "label", "definedWhere", "domain", "follows"])
    name = try object.required("name").text
    label = try object["label"]?.text ?? name
    definedWhere = try object["definedWhere"].map { try Condition($0) }
    domain = try object["domain"]?.text
    follows = try object["follows"]?.text
    if definedWhere != nil, domain == nil {
      throw node.error("lacks the key 'domain', which says in words where the task is defined")
    }
  }
  /// The task of the problem.
  var task: RankingTask { RankingTask(name: name, domain: domain, follows: follows) }
}
