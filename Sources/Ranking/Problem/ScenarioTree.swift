/// The scenarios of a problem: one or more levels and the paths through them that occur.
///
/// Countries alone form a tree with one level. Entrances followed by card types form a tree with
/// two levels; the same card type may occur under several entrances. A leaf is a complete path.
public struct ScenarioTree: Sendable, Equatable, Codable {
  /// One level of the tree.
  public struct Level: Sendable, Equatable, Codable {
    /// The name of the level, such as `country`.
    public var name: String

    /// The scenarios of the level.
    public var values: [String]

    /// Creates a level.
    public init(name: String, values: [String]) {
      self.name = name
      self.values = values
    }
  }

  /// The levels, from the root down.
  public var levels: [Level]

  /// For every leaf, the index of its scenario at every level.
  public var leaves: [[Int]]

  /// Creates a tree.
  ///
  /// - Precondition: every leaf has one valid index per level, and no leaf is repeated.
  public init(levels: [Level], leaves: [[Int]]) {
    precondition(!levels.isEmpty, "a scenario tree needs a level")
    for leaf in leaves {
      precondition(
        leaf.count == levels.count
          && zip(leaf, levels).allSatisfy { $1.values.indices.contains($0) },
        "leaf \(leaf) does not fit the levels")
    }
    precondition(Set(leaves).count == leaves.count, "a leaf occurs twice")
    self.levels = levels
    self.leaves = leaves
  }

  /// Creates a tree of one level.
  public init(name: String, values: [String]) {
    self.init(levels: [Level(name: name, values: values)], leaves: values.indices.map { [$0] })
  }

  /// The number of leaves, which is the number of scenarios in tables.
  public var leafCount: Int { leaves.count }

  /// The number of levels.
  public var depth: Int { levels.count }

  /// The unique names of the leaves, which are their paths as text; see ``NamePath``.
  public var leafNames: [String] {
    leaves.map { leaf in NamePath.text(zip(leaf, levels).map { $1.values[$0] }) }
  }

  /// The tree of one level whose scenarios are the leaves, in the same order.
  public var flattened: ScenarioTree {
    depth == 1
      ? self : ScenarioTree(name: NamePath.text(levels.map(\.name)), values: leafNames)
  }

  /// Returns, for every leaf, the index of its scenario at a level.
  public func indices(atLevel level: Int) -> [Int] { leaves.map { $0[level] } }
}
