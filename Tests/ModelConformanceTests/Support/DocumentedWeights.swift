import Configuration
import Foundation
import Ranking
import TestKit

/// The tables of `docs/weights.md`, which say what arrays every model has.
struct DocumentedWeights {
  private struct Row {
    /// The name with `{…}` for what varies, empty for the section's own place.
    var name: String
    /// A shape in brackets, or the name of another section.
    var content: String
    /// What varies: `i < n`, or `task in` all `tasks`, `followers` or `leaders`.
    var ranges: [String]
    var conditions: [String]
  }

  private struct Section {
    var parameters: [String] = []
    var rows: [Row] = []
  }

  private var sections: [String: Section] = [:]

  /// Reads the page.
  init() throws {
    let page = try String(
      contentsOf: DataFolder.packageRoot.appendingPathComponent("docs/weights.md"),
      encoding: .utf8)
    var current = ""
    for line in page.split(separator: "\n") {
      if line.hasPrefix("#") {
        let parts = line.drop { $0 == "#" || $0 == " " }.split(separator: "(", maxSplits: 1)
        current = String(parts[0]).lowercased()
        let parameters = parts.count < 2 ? "" : String(parts[1].dropLast())
        sections[current] = Section(parameters: DocumentedExpression.parts(of: parameters))
      }
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst()
        .map { $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "") }
      guard cells.count == 5,
        cells[1].hasPrefix("[") || cells[1] == "the input x"
          || cells[1].hasSuffix(")")
      else { continue }
      sections[current]?.rows.append(
        Row(
          name: cells[0] == "(here)" ? "" : cells[0], content: cells[1],
          ranges: DocumentedExpression.parts(of: cells[2]),
          conditions: DocumentedExpression.parts(of: cells[3])))
    }
  }

  /// Whether the page describes a model.
  func describes(_ model: String) -> Bool { sections[model]?.rows.isEmpty == false }

  /// Returns the name and shape of every array of a model.
  ///
  /// - Parameter settings: All of the model's settings.
  func arrays(of model: String, settings: [String: ConfigurationValue], for problem: Problem)
    throws -> [String: [Int]]
  {
    var result: [String: [Int]] = [:]
    try add(
      section: model, at: "", to: &result, tasks: problem.tasks,
      with: Self.names(settings: settings, problem: problem))
    return result
  }

  private func add(
    section name: String, at place: String, to result: inout [String: [Int]], tasks: [RankingTask],
    with names: DocumentedExpression.Names
  ) throws {
    guard let section = sections[name], !section.rows.isEmpty else {
      throw DocumentedExpression.Failure(description: "there is no section '\(name)'")
    }
    for row in section.rows {
      for names in try Self.expanded(row.ranges, names, tasks: tasks)
      where try Self.hold(row.conditions, names) {
        let own = try Self.filledIn(row.name, names)
        let full = [place, own].filter { !$0.isEmpty }.joined(separator: "/")
        if row.content.hasPrefix("[") {
          let sizes = try DocumentedExpression.values(
            of: String(row.content.dropFirst().dropLast()), with: names)
          guard result[full] == nil else {
            throw DocumentedExpression.Failure(description: "'\(full)' is documented twice")
          }
          result[full] = sizes.map { if case .number(let size) = $0 { size } else { -1 } }
        } else {
          let parts = row.content.split(separator: "(", maxSplits: 1).map(String.init)
          let arguments = try DocumentedExpression.values(
            of: parts.count < 2 ? "" : String(parts[1].dropLast()), with: names)
          var inner = names
          let parameters = sections[parts[0]]?.parameters ?? []
          for (parameter, value) in zip(parameters, arguments) { inner.values[parameter] = value }
          try add(section: parts[0], at: full, to: &result, tasks: tasks, with: inner)
        }
      }
    }
  }

  private static func hold(
    _ conditions: [String], _ names: DocumentedExpression.Names
  ) throws -> Bool {
    try conditions.allSatisfy { condition in
      let isNegated = condition.hasPrefix("not ")
      let text = isNegated ? String(condition.dropFirst(4)) : condition
      let value = try DocumentedExpression.value(of: text, with: names)
      guard case .number(let truth) = value else {
        throw DocumentedExpression.Failure(description: "'\(condition)' is no condition")
      }
      return (truth != 0) != isNegated
    }
  }

  /// Returns one set of names for every combination of what varies.
  private static func expanded(
    _ ranges: [String], _ names: DocumentedExpression.Names, tasks: [RankingTask]
  ) throws -> [DocumentedExpression.Names] {
    try ranges.reduce([names]) { all, range in
      if range.hasPrefix("task in ") {
        let chosen =
          switch range {
          case "task in followers": tasks.filter { $0.follows != nil }
          case "task in leaders": tasks.filter { $0.follows == nil }
          default: tasks
          }
        return all.flatMap { names in chosen.map { names.setting("task", to: .text($0.name)) } }
      }
      let parts = range.split(separator: "<").map { $0.trimmingCharacters(in: .whitespaces) }
      return try all.flatMap { names -> [DocumentedExpression.Names] in
        guard parts.count == 2,
          case .number(let count) = try DocumentedExpression.value(of: parts[1], with: names)
        else { throw DocumentedExpression.Failure(description: "'\(range)' is no range") }
        return (0..<max(0, count)).map { names.setting(parts[0], to: .number($0)) }
      }
    }
  }

  private static func filledIn(
    _ name: String, _ names: DocumentedExpression.Names
  ) throws -> String {
    var result = ""
    var rest = name[...]
    while let open = rest.firstIndex(of: "{"), let close = rest.firstIndex(of: "}") {
      result += rest[..<open]
      switch try DocumentedExpression.value(
        of: String(rest[rest.index(after: open)..<close]), with: names)
      {
      case .number(let number): result += String(number)
      case .text(let text): result += text
      case .list: throw DocumentedExpression.Failure(description: "a list in '\(name)'")
      }
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }

  /// The symbols of the page and the settings of the model.
  private static func names(settings: [String: ConfigurationValue], problem: Problem)
    -> DocumentedExpression.Names
  {
    var values: [String: DocumentedExpression.Value] = [:]
    for (name, value) in settings {
      switch value {
      case .bool(let truth): values[name] = .number(truth ? 1 : 0)
      case .integer(let number): values[name] = .number(number)
      case .string(let text): values[name] = .text(text)
      case .list(let sizes):
        values[name] = .list(sizes.map { if case .integer(let size) = $0 { size } else { 0 } })
      case .number, .null, .object: break
      }
    }
    if values["head"] == nil { values["head"] = .text("independent") }
    if values["addsExperts"] == nil { values["addsExperts"] = .number(0) }
    let tree = problem.scenarios
    let levelSizes =
      settings["flatScenarios"] == .bool(true) ? [tree.leafCount] : tree.levels.map(\.values.count)
    let (tasks, leaves) = (problem.tasks.count, tree.leafCount)
    let isFlat = settings["axis"] == .string("flat")
    let levels = settings["scenarioFeature"] == .bool(true) ? tree.levels.map(\.values.count) : []
    let fields = problem.fields.map(\.vocabularySize) + levels
    let bags = problem.bags.map(\.vocabularySize)
    func count(_ name: String) -> Int {
      if case .integer(let count)? = settings[name] { count } else { 0 }
    }
    let size = count("embeddingSize")
    let perNumerical =
      switch settings["numericalEncoding"] {
      case .string("piecewise-linear"): count("numericalBins")
      case .string("periodic"): count("numericalSize")
      default: 1
      }
    let columns = problem.numericals.count * perNumerical
    let isField = settings["numericalInput"] == .string("field") && columns > 0
    values["T"] = .number(tasks)
    values["F"] = .number(fields.count + bags.count)
    values["S"] = .number(leaves)
    values["R"] = .number(problem.tasks.count { $0.follows == nil })
    values["L"] = .number(levelSizes.count)
    let beginsWithTasks =
      settings["order"] == .string("tasks-first") && count("scenarioLayerCount") > 0
      && count("taskLayerCount") > 0
    values["B"] = .number(beginsWithTasks ? 1 : 0)
    values["U"] = .number(beginsWithTasks ? 0 : levelSizes.count)
    values["m"] = .list(levelSizes)
    values["V"] = .number((fields + bags).reduce(0, +))
    values["numericals"] = .number(problem.numericals.count)
    values["C"] = .number(columns)
    values["D"] = .number((fields.count + bags.count) * size + (isField ? size : columns))
    if count("implicitCount") > 0 {
      values["part"] = .number(count("indicatorSize") / count("implicitCount"))
    }
    if case .list(let sizes)? = values["networkSizes"] {
      values["adapted"] = .list(Array(sizes.suffix(count("adapterCount"))))
    }
    func width(of roles: Set<FeatureRole>) -> Int {
      func isOne(_ name: String) -> Bool { problem.roles?[name].map(roles.contains) ?? false }
      return (problem.fields + problem.bags).count { isOne($0.name) } * size
        + problem.numericals.count(where: isOne) * perNumerical
    }
    values["P"] = .number(width(of: [.user, .item]))
    values["Q"] = .number(width(of: [.scenarioPrior]))
    values["O"] = .number(tasks * (isFlat ? leaves : 1))
    values["perLeaf"] = .number(isFlat && leaves > 1 ? 1 : 0)
    return DocumentedExpression.Names(values: values)
  }
}

extension DocumentedExpression.Names {
  fileprivate func setting(_ name: String, to value: DocumentedExpression.Value) -> Self {
    var result = self
    result.values[name] = value
    return result
  }
}
