import Foundation
import TensorCore
import Testing
import Training

/// Every metric that has no twin elsewhere beside its plainest form.
@Suite struct MetricTwinTests {
  private struct Rows {
    var logits: [Float] = []
    var labels: [Bool] = []
    var groups: [Int32] = []

    /// Six rows in every group, their scores of three values.
    init(groupCount: Int, seed: UInt64) {
      var stream = RandomStreams(seed: seed)["rows"]
      for row in 0..<6 * groupCount {
        logits.append(Float(stream.integer(below: 3)) - 1)
        labels.append(stream.uniform() < 0.35)
        groups.append(Int32(row % groupCount))
      }
    }

    func value(_ metric: Metric) -> Double? {
      MetricCell(logits: logits, labels: labels, groups: groups, metrics: [metric])[metric]
    }

    /// The mean over groups with both classes of the mean of `value` over all orders of their rows
    /// that agree with the scores: it is given the labels, best row first.
    func meanOverOrders(_ value: ([Bool]) -> Double) -> Double? {
      var means: [Double] = []
      for group in Set(groups) {
        let rows = groups.indices.filter { groups[$0] == group }
        guard Set(rows.map { labels[$0] }).count == 2 else { continue }
        let orders = permutations(of: rows).filter { order in
          zip(order, order.dropFirst()).allSatisfy { logits[$0] >= logits[$1] }
        }
        let values = orders.map { order in value(order.map { labels[$0] }) }
        means.append(values.reduce(0, +) / Double(values.count))
      }
      return means.isEmpty ? nil : means.reduce(0, +) / Double(means.count)
    }
  }

  private static func expectClose(_ a: Double?, _ b: Double?, _ comment: Comment) {
    #expect((a == nil) == (b == nil), comment)
    if let a, let b { #expect(abs(a - b) < 1e-12, comment) }
  }

  @Test(arguments: [1, 3, 6, 10], [1, 2, 3] as [UInt64])
  func ranksWithinGroupsAreMeansOverAllOrdersOfTies(k: Int, seed: UInt64) {
    let rows = Rows(groupCount: 7, seed: seed)
    func gain(_ labels: [Bool]) -> Double {
      labels.prefix(k).enumerated().filter(\.element)
        .reduce(0) { $0 + 1 / log2(Double($1.offset + 2)) }
    }
    Self.expectClose(
      rows.value(.ndcg(at: k)),
      rows.meanOverOrders { labels in
        gain(labels) / gain(labels.filter { $0 } + labels.filter { !$0 })
      }, "NDCG@\(k)")
    Self.expectClose(
      rows.value(.hitRate(at: k)),
      rows.meanOverOrders { $0.prefix(k).contains(true) ? 1 : 0 }, "Hit@\(k)")
    Self.expectClose(
      rows.value(.reciprocalRank),
      rows.meanOverOrders { 1 / Double(($0.firstIndex(of: true) ?? 0) + 1) }, "MRR")
    Self.expectClose(
      rows.value(.meanAveragePrecision),
      rows.meanOverOrders { labels in
        let ranks = labels.indices.filter { labels[$0] }
        return ranks.enumerated().reduce(0) { $0 + Double($1.offset + 1) / Double($1.element + 1) }
          / Double(ranks.count)
      }, "MAP")
  }

  @Test func ranksWithinGroupsOfOneClassAreNotDefined() {
    var rows = Rows(groupCount: 3, seed: 1)
    rows.labels = rows.groups.map { $0 == 1 }
    for metric in [Metric.ndcg(at: 10), .hitRate(at: 10), .reciprocalRank, .meanAveragePrecision] {
      #expect(rows.value(metric) == nil)
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func averagePrecisionIsASumOverDistinctScores(seed: UInt64) {
    let rows = Rows(groupCount: 20, seed: seed)
    var (sum, recallBefore) = (0.0, 0.0)
    for score in Set(rows.logits).sorted(by: >) {
      let above = rows.logits.indices.filter { rows.logits[$0] >= score }
      let positives = Double(above.count { rows.labels[$0] })
      let recall = positives / Double(rows.labels.count { $0 })
      sum += (recall - recallBefore) * positives / Double(above.count)
      recallBefore = recall
    }
    Self.expectClose(rows.value(.averagePrecision), sum, "PR-AUC")
  }

  @Test func averagePrecisionNeedsPositivesOnly() {
    #expect(MetricCell(logits: [1, 2], labels: [true, true])[.averagePrecision] == 1)
    #expect(MetricCell(logits: [1, 2], labels: [false, false])[.averagePrecision] == nil)
    #expect(
      MetricCell(logits: [5, 5, 5, 5], labels: [true, false, false, false])[.averagePrecision]
        == 0.25)
  }

  @Test func probabilitiesAreJudgedByTheirPlainForms() throws {
    let rows = ToyRows(count: 300, seed: 3)
    let logits = (0..<300).map { rows.numericals[2 * $0] }
    let labels = (0..<300).map { rows.labels[2 * $0] == 1 }
    let cell = MetricCell(logits: logits, labels: labels)
    let p = logits.map { 1 / (1 + exp(-Double($0))) }
    let brier = zip(p, labels).reduce(0) { $0 + pow($1.0 - ($1.1 ? 1 : 0), 2) } / 300
    Self.expectClose(cell[.brierScore], brier, "Brier score")
    let loss = zip(p, labels).reduce(0) { $0 - log($1.1 ? $1.0 : 1 - $1.0) } / 300
    let rate = Double(labels.count { $0 }) / 300
    let entropy = -rate * log(rate) - (1 - rate) * log(1 - rate)
    Self.expectClose(cell[.relativeInformationGain], 1 - loss / entropy, "RIG")
    let constant = MetricCell(
      logits: labels.map { _ in Float(log(rate / (1 - rate))) }, labels: labels)
    #expect(abs(try #require(constant[.relativeInformationGain])) < 1e-12)
  }

  @Test func theBrierScoreOfACertainPredictionDoesNotRoundToZero() throws {
    let cell = MetricCell(logits: [50], labels: [true])
    #expect(try #require(cell[.brierScore]) > 0)
  }
}

private func permutations(of rows: [Int]) -> [[Int]] {
  if rows.count < 2 { return [rows] }
  return rows.flatMap { first in
    permutations(of: rows.filter { $0 != first }).map { [first] + $0 }
  }
}
