import Configuration
import Ranking
import Tabular

/// Finds the leaf scenario of every row.
struct ScenarioIndex {
  /// The scenarios.
  let tree: ScenarioTree

  private let levels: [Level]

  /// By level, the node for each pair of a parent and an index; the nodes of the last level are the
  /// leaves.
  private let nodes: [[Int: Int32]]

  /// One level: the number of each scenario, and the treatment of the others.
  private struct Level {
    let schema: ScenarioSchema
    let values: KeyTable
    let foldedIndex: Int?

    /// Returns the number of a step from a node of the level above to a scenario.
    func step(from parent: Int32, to index: Int) -> Int { Int(parent) * (values.count + 1) + index }
  }

  /// Creates the index of one level whose scenarios the schema lists, or of the paths that occur.
  ///
  /// - Parameter paths: The number of train rows of every path; nil if the schema lists the
  ///   scenarios of a single level.
  init(_ schemas: [ScenarioSchema], paths: [ScenarioPath]?) throws {
    var levels: [Level] = []
    var names: [ScenarioTree.Level] = []
    for (index, schema) in schemas.enumerated() {
      var rows: [String: Int] = [:]
      for path in paths ?? [] { rows[path.values[index], default: 0] += path.rowCount }
      let kept =
        schema.keep
        ?? rows.filter { $0.value >= schema.minimumRows && !$0.key.isEmpty }.keys.sorted()
      var values = KeyTable()
      for value in kept { _ = Array(value.utf8).withUnsafeBufferPointer { values.insert($0) } }
      let isFolding =
        schema.others == .fold && (paths == nil || rows.contains { values.find($0.key) == nil })
      levels.append(
        Level(schema: schema, values: values, foldedIndex: isFolding ? kept.count : nil))
      names.append(.init(name: schema.column, values: isFolding ? kept + ["other"] : kept))
    }
    self.levels = levels

    var found: Set<[Int]> = []
    if let paths {
      for path in paths {
        let indices = zip(levels, path.values).map { level, value in
          level.values.find(value) ?? level.foldedIndex
        }
        let leaf = indices.compactMap { $0 }
        if leaf.count == levels.count { found.insert(leaf) }
      }
    } else {
      found = Set(names[0].values.indices.map { [$0] })
    }
    let sorted = found.sorted { $0.lexicographicallyPrecedes($1) }
    guard !sorted.isEmpty else { throw Self.nothingKept(schemas, paths ?? []) }
    tree = ScenarioTree(levels: names, leaves: sorted)
    try Self.checkNames(tree)
    var nodes: [[Int: Int32]] = levels.map { _ in [:] }
    for leaf in sorted {
      var node: Int32 = 0
      for (level, index) in leaf.enumerated() {
        let step = levels[level].step(from: node, to: index)
        node = nodes[level][step] ?? Int32(nodes[level].count)
        nodes[level][step] = node
      }
    }
    self.nodes = nodes
  }

  /// Returns the error for train rows that are all of scenarios that are not kept.
  private static func nothingKept(_ schemas: [ScenarioSchema], _ paths: [ScenarioPath])
    -> Diagnostic
  {
    guard !paths.isEmpty else {
      return Diagnostic("the train split has no rows: all rows are of test or validation")
    }
    for (index, schema) in schemas.enumerated() {
      var rows: [String: Int] = [:]
      for path in paths { rows[path.values[index], default: 0] += path.rowCount }
      rows[""] = nil
      let found = rows.keys.sorted()
      guard let first = found.first else {
        return schema.place.error("the column '\(schema.column)' is missing in every train row")
      }
      guard let keep = schema.keep else {
        let largest = found.reduce(first) { (rows[$1] ?? 0) > (rows[$0] ?? 0) ? $1 : $0 }
        let count = rows[largest] ?? 0
        guard count < schema.minimumRows else { continue }
        return schema.place.error(
          "no scenario has the minimumRows, \(schema.minimumRows), of train rows: the largest, "
            + "'\(excerpt(largest))', has \(count)")
      }
      guard !found.contains(where: keep.contains) else { continue }
      let unknown = keep.first { nearestName(to: $0, among: found) != nil } ?? keep[0]
      return schema.place.locating(
        .unknown("scenario", unknown, accepted: found).adding(
          "no train row is of a kept scenario"))
    }
    return Diagnostic("no train row is of a kept scenario at every level")
  }

  /// Rejects scenarios that would look the same in a table.
  private static func checkNames(_ tree: ScenarioTree) throws {
    for level in tree.levels {
      try checkNamesDiffer("scenario", level.values, of: level.name)
    }
    try checkNamesDiffer(
      "scenario", tree.leafNames, of: tree.levels.map(\.name).joined(separator: "/"))
  }

  private static func checkNamesDiffer(_ kind: String, _ names: [String], of column: String) throws
  {
    do {
      try Configuration.checkNamesDiffer(kind, names)
    } catch let error as Diagnostic {
      let isFolded = names.count { $0 == "other" } > 1
      throw error.at("column '\(excerpt(column))'").adding(
        isFolded
          ? "one of them is that of the folded rows"
          : "clean the column, such as with 'trim: true' for spaces around cells")
    }
  }

  /// Returns the leaf of every row, or nil if the row is to be dropped.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a scenario is not kept although it must not be
  ///   dropped.
  func leaves(of frame: StagedFrame) throws -> [Int32?] {
    var found = [Int32?](repeating: 0, count: frame.rowCount)
    let unseen: Int32 = -1
    for (level, nodes) in zip(levels, nodes) {
      try frame.forEachCell(of: level.schema.column) { row, cell in
        guard let parent = found[row] else { return }
        if let index = level.values.find(cell) ?? level.foldedIndex {
          found[row] =
            parent == unseen ? unseen : nodes[level.step(from: parent, to: index)] ?? unseen
          return
        }
        guard level.schema.others == .drop else {
          throw frame.error(
            row, level.schema.column,
            "the scenario '\(excerpt(cell))' is not kept; say 'others: drop' or 'others: fold'")
        }
        found[row] = nil
      }
    }
    guard found.contains(unseen) else { return found }
    let dropsUnseen = levels.contains { $0.schema.others == .drop }
    return try found.enumerated().map { row, leaf in
      if leaf != unseen { return leaf }
      if dropsUnseen { return nil }
      throw frame.error(
        row, levels.map(\.schema.column).joined(separator: "/"),
        "the scenario does not occur in the train split; say 'others: drop' to drop its rows")
    }
  }
}

/// A path through the scenario columns, and its number of train rows.
struct ScenarioPath {
  var values: [String]
  var rowCount: Int

  /// Returns whether the tree can be determined only after reading the rows.
  static func mustBeSurveyed(_ schemas: [ScenarioSchema]) -> Bool {
    schemas.count > 1 || schemas.contains { $0.keep == nil }
  }
}
