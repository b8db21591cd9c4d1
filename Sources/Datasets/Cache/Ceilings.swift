import Configuration

/// The best AUC that any model can reach, known if labels were drawn from known probabilities.
///
/// In `dataset.json` the expected table is not nested: its keys stand beside `realised`.
public struct Ceilings: Sendable, Equatable {
  /// AUCs of every task.
  public struct Table: Sendable, Equatable, Codable {
    /// By task, then by leaf scenario; nil if a cell has no pair of a positive and a negative.
    public var cells: [[Double?]]

    /// By task, the mean over the leaf scenarios that have a value.
    public var macroMeans: [Double?]

    /// By task, over all rows of the split, ranked across scenarios.
    public var pooled: [Double?]

    /// Creates a table.
    public init(cells: [[Double?]], macroMeans: [Double?], pooled: [Double?]) {
      self.cells = cells
      self.macroMeans = macroMeans
      self.pooled = pooled
    }
  }

  /// The AUC of the true probabilities in expectation over labels.
  public var expected: Table

  /// The AUC of the true probabilities on the labels that were drawn, which varies around the
  /// expected AUC by chance; nil if unknown.
  public var realized: Table?

  /// Creates ceilings.
  public init(expected: Table, realized: Table? = nil) {
    self.expected = expected
    self.realized = realized
  }

  /// Checks that both tables are of some number of tasks and scenarios, and that they hold AUCs.
  ///
  /// - Throws: ``Diagnostic``, which names the realized table if it is that one.
  package func check(taskCount: Int, scenarioCount: Int) throws {
    try expected.check(taskCount: taskCount, scenarioCount: scenarioCount)
    try locating("realized") {
      try realized?.check(taskCount: taskCount, scenarioCount: scenarioCount)
    }
  }
}

extension Ceilings.Table {
  fileprivate func check(taskCount: Int, scenarioCount: Int) throws {
    guard cells.count == taskCount, macroMeans.count == taskCount, pooled.count == taskCount,
      cells.allSatisfy({ $0.count == scenarioCount })
    else { throw Diagnostic("must be of \(taskCount) tasks and \(scenarioCount) scenarios") }
    for value in cells.joined() + macroMeans + pooled {
      guard let value, !(0...1 + 1e-9).contains(value) else { continue }
      throw Diagnostic("\(value) is no AUC: it must be from 0 to 1")
    }
  }
}

extension Ceilings: Codable {
  private enum CodingKeys: String, CodingKey { case realized = "realised" }

  /// Reads the expected table from the keys beside that of the realized one.
  public init(from decoder: any Decoder) throws {
    expected = try Table(from: decoder)
    realized = try decoder.container(keyedBy: CodingKeys.self)
      .decodeIfPresent(Table.self, forKey: .realized)
  }

  /// Writes the expected table to the keys beside that of the realized one.
  public func encode(to encoder: any Encoder) throws {
    try expected.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(realized, forKey: .realized)
  }
}
