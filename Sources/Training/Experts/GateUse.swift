import Foundation

/// How the rows of every scenario use the experts of one gate.
///
/// With w the weights that the gate gives the n experts for a row, Σ_k w_k = 1, all numbers are means over
/// the rows of a scenario.
public struct GateUse: Sendable, Equatable {
  /// The rows of one scenario.
  public struct Cell: Sendable, Equatable {
    /// The number of rows.
    public var rowCount: Int
    /// The mean of w_k, by expert.
    public var weights: [Double]
    /// The share of rows with w_k > 0, by expert.
    public var selected: [Double]
    /// The share of rows whose specific set has the expert; nil for gates without two sets.
    public var specific: [Double]?
    /// The share of rows whose shared set has the expert; nil for gates without two sets.
    public var shared: [Double]?
    /// The mean over rows of -Σ_k w_k ln w_k / ln n: 0 if every row uses one expert, 1 if every row uses all
    /// alike.
    public var entropy: Double

    /// Creates a cell; all lists have one number for each expert.
    public init(
      rowCount: Int, weights: [Double], selected: [Double], specific: [Double]? = nil,
      shared: [Double]? = nil, entropy: Double
    ) {
      self.rowCount = rowCount
      self.weights = weights
      self.selected = selected
      self.specific = specific
      self.shared = shared
      self.entropy = entropy
    }
  }

  /// The mean weight, relative to an equal share 1/n, below which an expert is dead.
  public static let deadShare = 0.01

  /// The mean weight of one expert above which a gate has collapsed.
  public static let collapsedShare = 0.95

  /// The path of the gate in the model.
  public var name: String
  /// The task of the gate; nil if it is not one task's.
  public var task: String?
  /// The number of experts n, at least 2.
  public var expertCount: Int
  /// The rows of every leaf scenario; nil for a scenario without rows.
  public var cells: [Cell?]

  /// Creates a value.
  public init(name: String, task: String?, expertCount: Int, cells: [Cell?]) {
    self.name = name
    self.task = task
    self.expertCount = expertCount
    self.cells = cells
  }

  /// Whether rows leave experts out.
  public var isSparse: Bool {
    cells.contains { $0?.selected.contains { $0 < 1 } ?? false }
  }

  /// The mean weight of every expert over the rows of all scenarios.
  public var weights: [Double] { mean(\.weights) }

  /// The mean of ``Cell/entropy`` over the rows of all scenarios.
  public var entropy: Double { mean { [$0.entropy] }[0] }

  /// The squared coefficient of variation of the experts' mean weights, (1/n) Σ_k (w̄_k - 1/n)² n²: 0 if all
  /// experts are used alike, n - 1 if one has everything.
  ///
  /// Source: Shazeer et al., ICLR 2017, equation 7.
  public var imbalance: Double { Self.squaredVariation(weights) }

  /// The experts whose mean weight over the rows of all scenarios is below ``deadShare`` / n.
  public var deadExperts: [Int] {
    weights.enumerated().filter { $1 < Self.deadShare / Double(expertCount) }.map(\.offset)
  }

  /// The expert that has more than ``collapsedShare`` of the weight over all rows; nil if none has.
  public var onlyExpert: Int? { weights.firstIndex { $0 > Self.collapsedShare } }

  /// Returns how much of each expert a scenario uses: the share of rows whose specific set has it, or, for
  /// gates without two sets, that select it, or, for gates that leave none out, its mean weight; nil for a
  /// scenario without rows.
  public func use(inScenario scenario: Int) -> [Double]? {
    let isSparse = isSparse
    return cells[scenario].map { $0.specific ?? (isSparse ? $0.selected : $0.weights) }
  }

  /// Returns how much two scenarios use the same experts, the weighted Jaccard index of a and b, their
  /// ``use(inScenario:)``: Σ_k min(a_k, b_k) / Σ_k max(a_k, b_k).
  ///
  /// If all rows of a scenario have the same set, it is the Jaccard index of the two sets. Nil for a scenario
  /// without rows.
  ///
  /// Source: Ioffe, ICDM 2010.
  public func overlap(ofScenarios first: Int, _ second: Int) -> Double? {
    guard let a = use(inScenario: first), let b = use(inScenario: second) else { return nil }
    return weightedJaccard(a, b)
  }

  /// The mean of ``overlap(ofScenarios:_:)`` over all pairs of scenarios; nil for fewer than two.
  public var meanOverlap: Double? {
    let values = cells.indices.flatMap { first in
      (0..<first).compactMap { overlap(ofScenarios: first, $0) }
    }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// Returns the squared coefficient of variation of numbers whose mean is not zero.
  static func squaredVariation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    guard mean != 0 else { return 0 }
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      / (mean * mean)
  }

  private func mean(_ values: (Cell) -> [Double]) -> [Double] {
    let cells = cells.compactMap { $0 }
    let count = cells.reduce(0) { $0 + $1.rowCount }
    guard let first = cells.first, count > 0 else { return Array(repeating: 0, count: expertCount) }
    return values(first).indices.map { index in
      cells.reduce(0) { $0 + Double($1.rowCount) * values($1)[index] } / Double(count)
    }
  }
}

extension GateUse {
  /// An expert that a gate hardly uses, or to which a gate has collapsed.
  struct Finding: Sendable, Hashable {
    let gate: String
    let expert: Int
    let isCollapse: Bool
  }

  /// The expert to which the gate has collapsed, or else its dead experts.
  var findings: [Finding] {
    if let expert = onlyExpert { return [Finding(gate: name, expert: expert, isCollapse: true)] }
    return deadExperts.map { Finding(gate: name, expert: $0, isCollapse: false) }
  }

  /// A sentence about findings of this gate; nil if there are none.
  func sentence(of findings: [Finding]) -> String? {
    guard let first = findings.first else { return nil }
    if first.isCollapse {
      let percent = Int((100 * weights[first.expert]).rounded())
      return "\(name) has collapsed: expert \(first.expert) has \(percent) % of the weight."
    }
    return "\(name) hardly uses \(findings.count) of \(expertCount) experts: "
      + findings.map { String($0.expert) }.joined(separator: ", ") + "."
  }
}

/// Returns Σ min(a, b) / Σ max(a, b) of nonnegative numbers; 1 if all are 0.
public func weightedJaccard(_ a: [Double], _ b: [Double]) -> Double {
  let (least, most) = zip(a, b).reduce((0.0, 0.0)) {
    ($0.0 + min($1.0, $1.1), $0.1 + max($1.0, $1.1))
  }
  return most > 0 ? least / most : 1
}
