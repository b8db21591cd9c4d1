import Foundation
import TensorCore
import Testing
import Training

/// What every metric of the catalog must do, and every one that is added to it.
@Suite("Conformance of metrics") struct MetricConformanceTests {
  static let ids = metricCatalog.map(\.id)

  /// Labels in 40 groups of 30 rows, a fifth of them positive, and log-odds in quarters, so that there
  /// are ties and adding a whole number is exact.
  private struct Trial {
    var labels: [Bool] = []
    var groups: [Int32] = []
    var noise: [Float] = []

    init() {
      var stream = RandomStreams(seed: 2)["rows"]
      for row in 0..<1200 {
        labels.append(stream.uniform() < 0.2)
        groups.append(Int32(row / 30))
        noise.append(Float((4 * stream.normal()).rounded()) / 4)
      }
    }

    var rate: Double { Double(labels.count { $0 }) / Double(labels.count) }

    /// Log-odds that know the labels the better the larger `strength` is, and are misled below 0.
    func logits(strength: Float, noise scale: Float = 1) -> [Float] {
      zip(labels, noise).map { ($0 ? strength : -strength) + scale * $1 }
    }

    func value(_ metric: Metric, _ logits: [Float]) -> Double? {
      MetricConformanceTests.cell(logits, labels, groups, [metric])[metric]
    }
  }

  private let trial = Trial()

  /// Measures rows that are also those on which the followed task is positive.
  fileprivate static func cell(
    _ logits: [Float], _ labels: [Bool], _ groups: [Int32]?, _ metrics: [Metric] = metricCatalog
  ) -> MetricCell {
    MetricCell(
      logits: logits, labels: labels, groups: groups, conditional: (logits, labels),
      metrics: metrics)
  }

  private func metric(_ id: String) throws -> Metric { try Metric(id: id) }

  /// How far a value is from the best.
  private func distance(_ metric: Metric, _ value: Double?) throws -> Double {
    let value = try #require(value)
    #expect(value.isFinite)
    switch metric.direction {
    case .higher: return metric.range.upperBound - value
    case .lower: return value - metric.range.lowerBound
    case .target(let target): return abs(value - target)
    }
  }

  @Test func idsAreUniqueAndWordsComplete() {
    #expect(Set(Self.ids).count == Self.ids.count)
    for metric in metricCatalog {
      #expect(!metric.title.isEmpty && !metric.explanation.isEmpty && !metric.source.isEmpty)
      #expect(!metric.undefinedWhen.isEmpty && !metric.id.contains("/"))
      #expect(metric.id != "rows" && metric.id != "positives", "they are counts of a cell")
      #expect(metric.range.contains(1) || metric.range.contains(0))
    }
  }

  @Test func thePageOfMetricsHasARowForEach() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../docs/metrics.md")
    let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
    for metric in metricCatalog {
      let row = lines.first { $0.hasPrefix("| `\(metric.id)` | \(metric.title), ") }
      #expect(row?.hasSuffix(" | \(metric.undefinedWhen) |") == true, "\(metric.id)")
    }
  }

  @Test(arguments: ids) func perfectPredictionsHaveTheBestValue(id: String) throws {
    let metric = try metric(id)
    let value = trial.value(metric, trial.logits(strength: 30))
    #expect(try distance(metric, value) < 1e-6)
  }

  @Test(arguments: ids) func betterPredictionsHaveBetterValues(id: String) throws {
    let metric = try metric(id)
    let distances = try [-30, -3, -1, 0, 1, 3, 30].map {
      try distance(metric, trial.value(metric, trial.logits(strength: Float($0))))
    }
    #expect(zip(distances, distances.dropFirst()).allSatisfy { $0 >= $1 }, "\(distances)")
    #expect(distances[0] > distances[3] && distances[3] > distances[6], "\(distances)")
  }

  @Test(arguments: ids) func valuesLieInTheRange(id: String) throws {
    let metric = try metric(id)
    for strength in [-1000, -1, 0, 1, 1000] as [Float] {
      let value = try #require(trial.value(metric, trial.logits(strength: strength)))
      #expect(value >= metric.range.lowerBound && value <= metric.range.upperBound + 1e-9)
    }
  }

  @Test(arguments: ids) func oneConstantIsAsGoodAsAnotherForOrderAlone(id: String) throws {
    let metric = try metric(id)
    let rate = Float(log(trial.rate / (1 - trial.rate)))
    let values = [rate, 0, -4].map { z in trial.value(metric, trial.labels.map { _ in z }) }
    if metric.basis == .order {
      #expect(values[0] == values[1] && values[0] == values[2])
      let best = try distance(metric, trial.value(metric, trial.logits(strength: 30)))
      let worst = try distance(metric, trial.value(metric, trial.logits(strength: -30)))
      #expect(try best < distance(metric, values[0]) && distance(metric, values[0]) < worst)
    } else {
      #expect(try distance(metric, values[0]) < distance(metric, values[1]))
      #expect(try distance(metric, values[0]) < distance(metric, values[2]))
    }
  }

  @Test(arguments: ids) func addingAConstantChangesWhatIsTakenFromProbabilitiesOnly(id: String)
    throws
  {
    let metric = try metric(id)
    let logits = trial.logits(strength: 1)
    let shifted = trial.value(metric, logits.map { $0 + 3 })
    #expect((shifted == trial.value(metric, logits)) == (metric.basis == .order))
  }

  @Test(arguments: ids) func theOrderOfRowsDoesNotMatter(id: String) throws {
    let metric = try metric(id)
    let logits = trial.logits(strength: 0.5)
    var order = Array(logits.indices)
    var stream = RandomStreams(seed: 1)["order"]
    stream.shuffle(&order)
    let shuffled = Self.cell(
      order.map { logits[$0] }, order.map { trial.labels[$0] }, order.map { trial.groups[$0] },
      [metric])
    #expect(shuffled[metric] == trial.value(metric, logits))
  }

  @Test(arguments: ids) func theCompanyOfOtherMetricsDoesNotMatter(id: String) throws {
    let metric = try metric(id)
    let logits = trial.logits(strength: 0.5)
    let all = Self.cell(logits, trial.labels, trial.groups)
    #expect(all[metric] == trial.value(metric, logits))
  }

  @Test(arguments: ids) func withoutRowsNothingIsDefined(id: String) throws {
    let metric = try metric(id)
    let cell = Self.cell([], [], [], [metric])
    #expect(cell[metric] == nil && cell.has(metric) && cell.rows == 0)
  }

  @Test(arguments: ids) func withOneClassAValueIsFiniteOrNil(id: String) throws {
    let metric = try metric(id)
    for label in [true, false] {
      let labels = trial.labels.map { _ in label }
      let value = Self.cell(trial.noise, labels, trial.groups, [metric])[metric]
      #expect(value?.isFinite != false)
      let needsBoth = metric.needsGroups || metric.undefinedWhen.contains("one class")
      if needsBoth { #expect(value == nil, "with all labels \(label)") }
    }
  }

  @Test(arguments: ids) func withoutGroupsWhatIsTakenWithinThemIsNotDefined(id: String) throws {
    let metric = try metric(id)
    let cell = Self.cell(trial.noise, trial.labels, nil, [metric])
    #expect((cell[metric] == nil) == metric.needsGroups)
  }

  @Test(arguments: ids) func aTaskThatFollowsNoneHasNoConditionalMetric(id: String) throws {
    let metric = try metric(id)
    let cell = MetricCell(
      logits: trial.noise, labels: trial.labels, groups: trial.groups, metrics: [metric])
    #expect((cell[metric] == nil) == (metric.domain == .followedPositives))
  }

  @Test(arguments: ids) func extremeLogOddsGiveNoNaN(id: String) throws {
    let metric = try metric(id)
    let logits: [Float] = [3e38, -3e38, 1000, -1000, 0, 3e38, -3e38]
    let labels = [true, true, false, false, true, false, false]
    let value = Self.cell(logits, labels, labels.map { _ in 1 }, [metric])[metric]
    #expect(try #require(value).isFinite)
  }
}
