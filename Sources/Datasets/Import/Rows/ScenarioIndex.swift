import Ranking

/// Finds the leaf scenario of every row.
struct ScenarioIndex {
  /// The scenarios.
  let tree: ScenarioTree

  private let levels: [Level]
  private let leaves: [Int: Int32]

  /// One level: the number of each scenario, and where the others go.
  private struct Level {
    let schema: ScenarioSchema
    let values: KeyTable
    let foldedIndex: Int?

    /// The number of different indices, the folded one included.
    var radix: Int { values.count + 1 }
  }

  /// Creates the index of one level whose scenarios the schema lists, or of the paths that occur.
  ///
  /// - Parameter paths: The train rows of every path; nil where the schema lists the scenarios of
  ///   a single level.
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
    guard !sorted.isEmpty else { throw DataError("the train split has no row of a kept scenario") }
    tree = ScenarioTree(levels: names, leaves: sorted)
    var leaves: [Int: Int32] = [:]
    for (number, leaf) in sorted.enumerated() {
      leaves[Self.code(leaf, levels)] = Int32(number)
    }
    self.leaves = leaves
  }

  /// Returns the leaf of every row, or nil where the row is to be dropped.
  ///
  /// - Throws: ``DataError`` with the line, where a scenario is not kept and must not be dropped.
  func leaves(of frame: Frame) throws -> [Int32?] {
    var codes = [Int?](repeating: 0, count: frame.rowCount)
    for level in levels {
      try frame.forEachCell(of: level.schema.column) { row, cell in
        guard let code = codes[row] else { return }
        guard let index = level.values.find(cell) ?? level.foldedIndex else {
          if level.schema.others == .drop {
            codes[row] = nil
            return
          }
          throw frame.error(
            row, level.schema.column,
            "the scenario '\(String(decoding: cell, as: UTF8.self))' is not kept; say 'others: drop' or "
              + "'others: fold'")
        }
        codes[row] = code * level.radix + index
      }
    }
    let dropsUnseen = levels.contains { $0.schema.others == .drop }
    return try codes.enumerated().map { row, code in
      guard let code else { return nil }
      if let leaf = leaves[code] { return leaf }
      if dropsUnseen { return nil }
      throw frame.error(
        row, levels.map(\.schema.column).joined(separator: "/"),
        "the scenario does not occur in the train split; say 'others: drop' to drop its rows")
    }
  }

  private static func code(_ leaf: [Int], _ levels: [Level]) -> Int {
    zip(leaf, levels).reduce(0) { $0 * $1.1.radix + $1.0 }
  }
}

/// A path through the scenario columns, and its train rows.
struct ScenarioPath {
  var values: [String]
  var rowCount: Int

  /// Whether the tree can only be known after reading the rows.
  static func mustBeSurveyed(_ schemas: [ScenarioSchema]) -> Bool {
    schemas.count > 1 || schemas.contains { $0.keep == nil }
  }
}
