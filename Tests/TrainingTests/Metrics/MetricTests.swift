import Foundation
import TensorCore
import Testing
import Training

@Suite struct MetricTests {
  @Test func matchesThePlainFormsOfAnotherImplementation() throws {
    let cases = try trainingFixture("metrics.json").elements
    #expect(cases.count == 5)
    for entry in cases {
      let logits = try #require(entry["logits"]).floats
      let labels = try #require(entry["labels"]).floats.map { $0 == 1 }
      let groups = try #require(entry["groups"]).floats.map { Int32($0) }
      let cell = MetricCell(logits: logits, labels: labels, groups: groups)
      for metric in metricCatalog where entry[metric.id] != nil {
        let expected = entry[metric.id]?.double
        let found = cell[metric]
        #expect((found == nil) == (expected == nil), "\(metric) of \(logits.count) rows")
        if let found, let expected {
          #expect(abs(found - expected) < 1e-9, "\(metric) of \(logits.count) rows")
        }
      }
    }
  }

  @Test func areaUnderCurveCountsTiesByHalf() {
    #expect(areaUnderCurve(scores: [1, 2, 3, 4], labels: [false, false, true, true]) == 1)
    #expect(areaUnderCurve(scores: [1, 2, 3, 4], labels: [true, true, false, false]) == 0)
    #expect(areaUnderCurve(scores: [5, 5, 5], labels: [true, false, true]) == 0.5)
    #expect(areaUnderCurve(scores: [0, -0.0], labels: [true, false]) == 0.5)
    #expect(
      areaUnderCurve(
        scores: [-.infinity, -1e30, 1e-30, .infinity], labels: [false, true, false, true]) == 0.75)
  }

  @Test func oneClassHasNoAreaUnderCurve() {
    #expect(areaUnderCurve(scores: [1, 2], labels: [true, true]) == nil)
    #expect(areaUnderCurve(scores: [1, 2], labels: [false, false]) == nil)
    #expect(areaUnderCurve(scores: [], labels: []) == nil)
  }

  @Test func areaUnderCurveOfManyRowsEqualsTheDirectCount() {
    var stream = RandomStreams(seed: 5)["scores"]
    let scores = (0..<3000).map { _ in Float(stream.integer(below: 500)) / 7 - 30 }
    let labels = scores.map { _ in stream.uniform() < 0.3 }
    var (pairs, sum) = (0, 0.0)
    for (i, a) in scores.enumerated() where labels[i] {
      for (j, b) in scores.enumerated() where !labels[j] {
        pairs += 1
        sum += a > b ? 1 : a == b ? 0.5 : 0
      }
    }
    #expect(areaUnderCurve(scores: scores, labels: labels) == sum / Double(pairs))
  }

  @Test func groupsOfOneClassDoNotCountAndOthersByTheirRows() {
    let scores: [Float] = [1, 2, 9, 1, 2, 3, 4, 7]
    let labels = [false, true, true, true, false, false, false, true]
    let groups: [Int32] = [0, 0, 1, 2, 2, 2, 2, 3]
    // Group 0 ranks well (2 rows), group 2 badly (4 rows), groups 1 and 3 have one class.
    #expect(groupedAreaUnderCurve(scores: scores, labels: labels, groups: groups) == 2.0 / 6)
    #expect(
      groupedAreaUnderCurve(scores: [1, 2], labels: [true, false], groups: [4, 5]) == nil)
  }

  @Test func logLossIsFiniteAndExactForExtremeLogits() {
    let cell = MetricCell(logits: [1000, -1000, 1000], labels: [true, false, false])
    #expect(cell[.logLoss] == 1000.0 / 3)
    let undecided = MetricCell(logits: [0, 0], labels: [true, false])
    #expect(undecided[.logLoss].map { abs($0 - log(2)) < 1e-15 } == true)
    #expect(MetricCell(logits: [-3e38, -3e38], labels: [false, true])[.copc] == nil)
  }

  @Test func calibrationTellsTooHighFromTooLow() throws {
    let labels = (0..<1000).map { $0 % 10 == 0 }
    let logit = { (p: Double) in Float(log(p / (1 - p))) }
    let right = MetricCell(logits: labels.map { _ in logit(0.1) }, labels: labels)
    let high = MetricCell(logits: labels.map { _ in logit(0.2) }, labels: labels)
    #expect(abs(try #require(right[.copc]) - 1) < 1e-6)
    #expect(try #require(right[.ece]) < 1e-6)
    #expect(abs(try #require(high[.copc]) - 0.5) < 1e-6)
    #expect(abs(try #require(high[.ece]) - 0.1) < 1e-6)
  }

  @Test func measuresDoNotDependOnTheOrderOfRows() {
    let rows = ToyRows(count: 900, seed: 4)
    let logits = (0..<900).map { rows.numericals[2 * $0] }
    let labels = (0..<900).map { rows.labels[2 * $0] == 1 }
    var order = Array(0..<900)
    var stream = RandomStreams(seed: 1)["order"]
    stream.shuffle(&order)
    let groups = rows.groups ?? []
    #expect(
      MetricCell(logits: logits, labels: labels, groups: groups)
        == MetricCell(
          logits: order.map { logits[$0] }, labels: order.map { labels[$0] },
          groups: order.map { groups[$0] }))
  }
}
