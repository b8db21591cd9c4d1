import Foundation
import TensorCore

/// The rows of a cell as metrics see them: what several of them need is computed once, when the first
/// asks for it.
///
/// Rows come in increasing order of their log-odds, so that no metric depends on the order in which
/// they were given. Used by one thread.
final class MeasuredRows {
  /// Rows with equal log-odds z.
  struct Prediction {
    /// Their log-odds.
    var logOdds: Double
    /// `exp(-|z|)`.
    var decay: Double
    /// How many of them are positive.
    var positives: Int
    /// How many are not.
    var negatives: Int

    /// The number of rows.
    var rows: Int { positives + negatives }

    /// `1 / (1 + exp(-z))`, without overflow.
    var probability: Double { logOdds >= 0 ? 1 / (1 + decay) : decay / (1 + decay) }
  }

  /// The rows of one group that has both classes.
  struct Group {
    /// Its rows with equal log-odds, in increasing order.
    fileprivate(set) var ties: [RankedRows.Tie] = []
    /// How many rows are positive.
    fileprivate(set) var positives = 0
    /// The number of rows.
    fileprivate(set) var rows = 0
  }

  /// The number of rows.
  let count: Int

  /// How many of them are positive.
  let positives: Int

  private let ranked: RankedRows
  private let hasGroups: Bool
  private lazy var grouped = ranked.byGroup()
  private lazy var decays = ranked.scores { exp(-abs(Double($0))) }
  private var values: [String: Double?] = [:]

  /// Sorts rows.
  ///
  /// - Parameter groups: The group of every row, or nil where the data has none.
  /// - Precondition: no log-odds are NaN; groups are not negative.
  init(logits: [Float], labels: [Bool], groups: [Int32]? = nil) {
    count = logits.count
    positives = labels.reduce(0) { $0 + ($1 ? 1 : 0) }
    ranked = RankedRows(scores: logits, labels: labels, groups: groups)
    hasGroups = groups != nil
  }

  /// Returns the value of a metric, computed once.
  func value(of metric: Metric) -> Double? {
    if let known = values[metric.id] { return known }
    let value = metric.compute(self)
    values[metric.id] = .some(value)
    return value
  }

  /// Calls `body` with every set of rows of equal log-odds, in increasing order.
  func forEachTie(_ body: (RankedRows.Tie) -> Void) { ranked.forEachTie(body) }

  /// Calls `body` with every set of rows of equal log-odds and what is predicted of them, in increasing
  /// order.
  func forEachPrediction(_ body: (Prediction) -> Void) {
    decays.withUnsafeBufferPointer { decays in
      var row = 0
      ranked.forEachTie { tie in
        body(
          Prediction(
            logOdds: Double(tie.score), decay: decays[row], positives: tie.positives,
            negatives: tie.negatives))
        row += tie.positives + tie.negatives
      }
    }
  }

  /// Calls `body` with every group that has both classes, in increasing order of their numbers; with
  /// none where rows have no groups.
  ///
  /// A group of one class says nothing about ranking: whatever is predicted, its order is as good.
  func forEachGroup(_ body: (Group) -> Void) {
    guard hasGroups else { return }
    var group = Group()
    var current: UInt32?
    func close() {
      if group.positives > 0, group.positives < group.rows { body(group) }
    }
    grouped.forEachTie { tie in
      if tie.group != current {
        close()
        group.ties.removeAll(keepingCapacity: true)
        (group.positives, group.rows) = (0, 0)
        current = tie.group
      }
      group.ties.append(tie)
      group.positives += tie.positives
      group.rows += tie.positives + tie.negatives
    }
    close()
  }

  /// Returns the mean of a value over the groups that have both classes, each weighing the same; nil
  /// where there are none.
  func meanOverGroups(_ value: (Group) -> Double) -> Double? {
    var sum = 0.0
    var groupCount = 0
    forEachGroup {
      sum += value($0)
      groupCount += 1
    }
    return groupCount == 0 ? nil : sum / Double(groupCount)
  }
}

extension MetricCell {
  /// Measures the predictions of some rows.
  ///
  /// The result does not depend on the order of the rows.
  /// - Parameters:
  ///   - logits: The predicted log-odds.
  ///   - labels: The outcomes.
  ///   - groups: The group of every row, or nil where the data has none.
  ///   - metrics: What is measured.
  /// - Precondition: no log-odds are NaN; groups are not negative.
  public init(
    logits: [Float], labels: [Bool], groups: [Int32]? = nil, metrics: [Metric] = metricCatalog
  ) {
    self.init(
      MeasuredRows(logits: logits, labels: labels, groups: groups),
      metrics: metrics.sorted { $0.id < $1.id })
  }

  /// Measures rows by metrics that come in increasing order of their ids.
  private init(_ rows: MeasuredRows, metrics: [Metric]) {
    self.init(
      rows: rows.count, positives: rows.positives, ids: metrics.map(\.id),
      values: metrics.map { rows.value(of: $0) })
  }
}
