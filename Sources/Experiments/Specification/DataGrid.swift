import Configuration
import SyntheticData

/// The data sets of an experiment that varies its synthetic data: all combinations of the values of
/// its axes, on each of which every row is trained.
public struct DataGrid: Sendable, Equatable {
  /// What varies in one direction of the grid: one setting, or several that vary together.
  public struct Axis: Sendable, Equatable {
    /// The names: settings of the recipe, `rows`, or `seed`.
    public var names: [String]
    /// The values of all names, by position.
    public var values: [[ConfigurationValue]]

    /// The words for a position, such as `scenarioCount=4, rows=16000`.
    public func label(_ position: Int) -> String {
      zip(names, values[position]).map { "\($0)=\($1.description)" }.joined(separator: ", ")
    }

    /// The values at a position, in the order of ``title``, such as `4, 16000`.
    package func valueText(_ position: Int) -> String {
      values[position].map(\.description).joined(separator: ", ")
    }

    /// The words for the axis, such as `scenarioCount, rows`.
    public var title: String { names.joined(separator: ", ") }
  }

  /// One data set.
  public struct Cell: Sendable, Equatable {
    /// The position on every axis.
    public var positions: [Int]
    /// The name in records and tables, such as `scenarioStrength=0.4, rows=20000`.
    public var name: String
    /// The data.
    public var source: DatasetSource
  }

  /// The largest number of data sets.
  private static let largestCount = 1000

  /// The axes, in the order of the specification.
  public let axes: [Axis]

  /// The data sets; the last axis varies fastest.
  public let cells: [Cell]

  /// Creates the grid.
  ///
  /// - Parameters:
  ///   - axes: The axes, each of at least one value.
  ///   - source: The data that the axes vary, whose cache is the folder of all caches.
  /// - Throws: ``Diagnostic`` if the data are not synthetic, a name is not of the recipe or on two
  ///   axes, or a value or a combination of them is not accepted.
  public init(_ axes: [Axis], of source: DatasetSource) throws {
    guard case .synthetic(let recipe, let settings, let rows, let seed) = source.origin else {
      throw Diagnostic("varies synthetic data only: the data set lacks the key 'synthetic'")
    }
    guard !axes.isEmpty else { throw Diagnostic("varies nothing") }
    let count = axes.reduce(1.0) { $0 * Double($1.values.count) }
    guard count <= Double(Self.largestCount) else {
      throw Diagnostic(
        "varies the data in \(fixed(count, digits: 0)) ways, but at most \(Self.largestCount) are "
          + "possible")
    }
    let names = axes.flatMap(\.names)
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw Diagnostic("'\(name)' is varied twice")
    }
    var combinations: [[Int]] = [[]]
    for axis in axes {
      combinations = combinations.flatMap { head in axis.values.indices.map { head + [$0] } }
    }
    self.axes = axes
    cells = try combinations.map { positions in
      var (settings, rows, seed) = (settings, rows, seed)
      for (axis, position) in zip(axes, positions) {
        for (name, value) in zip(axis.names, axis.values[position]) {
          switch name {
          case "rows": rows = try Self.wholeNumber(value, in: 10...2_000_000_000, name)
          case "seed": seed = try Self.wholeNumber(value, in: 0...Int.max, name)
          default: settings[name] = value
          }
        }
      }
      _ = try SyntheticRecipe.named(recipe, overriding: settings)
      let name = zip(axes, positions).map { $0.label($1) }.joined(separator: ", ")
      return Cell(
        positions: positions, name: name,
        source: DatasetSource(
          cache: "\(source.cache)/\(name.replacing(", ", with: ","))",
          origin: .synthetic(recipe: recipe, settings: settings, rows: rows, seed: seed)))
    }
  }

  private static func wholeNumber(
    _ value: ConfigurationValue, in bounds: ClosedRange<Int>, _ name: String
  ) throws -> Int {
    guard let number = Int(configuration: value), bounds.contains(number) else {
      throw Diagnostic(
        "\(name) is \(value.description), but must be a whole number from \(bounds.lowerBound) to "
          + "\(bounds.upperBound)")
    }
    return number
  }
}

extension DataGrid.Axis {
  /// Reads an axis: a mapping of names to lists of the same length.
  init(_ node: YAMLNode) throws {
    let entries = try node.entries
    names = entries.map(\.key)
    let lists = try entries.map { _, list in
      let values = try list.elements.map { try $0.value() }
      guard !values.isEmpty else { throw list.error("must list at least one value") }
      return values
    }
    guard let count = lists.first?.count else { throw node.error("varies nothing") }
    guard lists.allSatisfy({ $0.count == count }) else {
      throw node.error(
        "settings of one axis vary together, so their lists must be of the same length; give "
          + "each its own item of the list to combine all values")
    }
    values = (0..<count).map { position in lists.map { $0[position] } }
  }
}

extension ExperimentSpecification {
  /// The experiments on single data sets that this one consists of, each with the name of its cell;
  /// the experiment itself without a grid.
  public var parts: [(cell: String?, specification: ExperimentSpecification)] {
    guard let grid else { return [(nil, self)] }
    return grid.cells.map { cell in
      var part = self
      part.dataset = cell.source
      part.grid = nil
      return (cell.name, part)
    }
  }
}
