import Foundation
import TensorCore

/// The rows of a cell in the form that metrics read; quantities shared by several metrics are
/// computed once, on first use.
///
/// Rows are sorted by increasing log-odds, so no metric depends on the order in which they were
/// given. For use by a single thread.
final class MeasuredRows {
  /// Rows with equal log-odds z.
  struct Prediction {
    /// Their log-odds.
    var logOdds: Double
    /// `exp(-|z|)`.
    var decay: Double
    /// The number of positive rows.
    var positives: Int
    /// The number of negative rows.
    var negatives: Int

    /// The number of rows.
    var rows: Int { positives + negatives }

    /// `1 / (1 + exp(-z))`, without overflow.
    var probability: Double { logOdds >= 0 ? 1 / (1 + decay) : decay / (1 + decay) }
  }

  /// The rows of one group with both classes.
  struct Group {
    /// Its rows with equal log-odds, in increasing order.
    fileprivate(set) var ties: [RankedRows.Tie] = []
    /// The number of positive rows.
    fileprivate(set) var positives = 0
    /// The number of rows.
    fileprivate(set) var rows = 0
  }

  /// The number of rows.
  let count: Int

  /// The number of positive rows.
  let positives: Int

  private let ranked: RankedRows
  private let hasGroups: Bool
  private lazy var grouped = ranked.byGroup()
  private lazy var decays = ranked.scores { exp(-abs(Double($0))) }
  private var values: [String: Double?] = [:]

  /// Sorts rows.
  ///
  /// - Parameter groups: The group of every row, or nil if the data has no groups.
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

  /// Calls `body` with every set of rows with equal log-odds, in increasing order.
  func forEachTie(_ body: (RankedRows.Tie) -> Void) { ranked.forEachTie(body) }

  /// Calls `body` with the prediction for every set of rows with equal log-odds, in increasing
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

  /// Calls `body` with every group that has both classes, in increasing order of group number; does
  /// nothing if rows have no groups.
  ///
  /// A group with one class is uninformative about ranking, since every order of its rows is
  /// equally good.
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

  /// Returns the equally weighted mean of a value over the groups with both classes; nil if there
  /// are none.
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
  ///   - groups: The group of every row, or nil if the data has no groups.
  ///   - conditional: The scores and labels of the rows on which the followed task is positive (see
  ///     ``Metric/Domain``), or nil if the task follows no other.
  ///   - metrics: The metrics to compute.
  /// - Precondition: no log-odds or scores are NaN; groups are not negative.
  public init(
    logits: [Float], labels: [Bool], groups: [Int32]? = nil,
    conditional: (scores: [Float], labels: [Bool])? = nil, metrics: [Metric] = metricCatalog
  ) {
    let rows = MeasuredRows(logits: logits, labels: labels, groups: groups)
    let subset = conditional.map { MeasuredRows(logits: $0.scores, labels: $0.labels) }
    let metrics = metrics.sorted { $0.id < $1.id }
    self.init(
      rows: rows.count, positives: rows.positives, ids: metrics.map(\.id),
      values: metrics.map { metric in
        switch metric.domain {
        case .task: rows.value(of: metric)
        case .followedPositives: subset.flatMap { $0.value(of: metric) }
        }
      })
  }
}
