import Configuration
import Experiments
import ExperimentsTestKit
import TestKit
import Testing
import Training

@Suite struct RunComparisonTests {
  private let auc = MetricName(.auc, .macro)

  private func records(_ model: String, width: Int = 8, seeds: [Int]) -> [RunRecord] {
    seeds.map { fakeRecord(FakeStore.configuration(model: model, width: width, seed: $0)) }
  }

  private func compare(_ sides: [RunRecord]...) throws -> RunComparison {
    try RunComparison(
      zip("AB", sides).map { RunComparison.Side(label: "\($0)", records: $1) })
  }

  @Test func twoRunsHaveTheDifferenceOfTheirValues() throws {
    let (a, b) = (records("alpha", width: 4, seeds: [1])[0], records("beta", seeds: [2])[0])
    let comparison = try compare([a], [b])
    #expect(
      comparison.settings.map(\.name) == ["model", "seed", "settings.sizes", "settings.width"])
    #expect(comparison.settings[3].values == [[.integer(4)], [.integer(8)]])
    for (split, first, second) in [
      (RunSplit.test, a.test, b.test), (.validation, a.validation, b.validation),
    ] {
      let number = comparison.metric(auc, on: split)
      let (x, y) = (first.macro(.auc).mean ?? 0, second.macro(.auc).mean ?? 0)
      #expect(number.summaries.map { $0?.mean } == [x, y])
      #expect(number.differences.map { $0?.difference.mean } == [y - x])
      #expect(number.differences[0]?.probability == nil)
    }
  }

  @Test func setsArePairedByTheirCommonSeeds() throws {
    let a = records("alpha", seeds: [5, 1, 2, 3])
    let b = records("beta", seeds: [1, 2, 3, 4])
    let comparison = try compare(a, b)
    #expect(comparison.commonSeeds(of: 1) == [1, 2, 3])
    #expect(!comparison.settings.map(\.name).contains("seed"))
    let differences = (0..<3).map {
      (b[$0].test.macro(.auc).mean ?? 0) - (a[$0 + 1].test.macro(.auc).mean ?? 0)
    }
    let number = comparison.metric(auc, on: .test)
    #expect(number.differences[0]?.difference == Summary(differences))
    #expect(
      number.differences[0]?.probability
        == PairedComparison(differences, reference: [0, 0, 0])?.probability)
    #expect(number.summaries[0]?.count == 4)
  }

  @Test func undefinedValuesAreLeftOutOfMeansAndPairs() throws {
    let comparison = try compare(records("alpha", seeds: [1, 2]), records("beta", seeds: [1, 2]))
    let number = comparison.metric(MetricName(.gauc, .macro), on: .test)
    #expect(number.summaries == [nil, nil] && number.differences == [nil])
    // The fake course has a score at its first evaluation only.
    #expect(comparison.evaluations.map { $0.score.summaries[0]?.mean } == [0.7, nil])
    #expect(comparison.evaluations.map { $0.loss.summaries[1]?.mean } == [0.5, 0.25])
    #expect(comparison.evaluations.map(\.epochs) == [[1, 1], [2, 2]])
  }

  @Test func aShorterCourseEndsEarlier() throws {
    var short = records("beta", seeds: [1])[0]
    short.course.trainingLoss = [0.4]
    short.course.validationScore = [0.72]
    short.course.epochs = 1
    let evaluations = try compare(records("alpha", seeds: [1]), [short]).evaluations
    #expect(evaluations.map(\.epochs) == [[1, 1], [2, nil]])
    #expect(evaluations[1].loss.summaries == [Summary([0.25]), nil])
    #expect(evaluations[1].loss.differences == [nil])
  }

  @Test func namesOfMetricsCoverAllNumbersOfTheGrid() throws {
    let comparison = try compare(records("alpha", seeds: [1]), records("beta", seeds: [1]))
    let all = comparison.metricNames(on: .test, cells: true)
    // 5 metrics: 2 means, and per task a mean, a pooled value and 2 cells.
    #expect(all.count == 5 * (2 + 2 * 4) && Set(all.map(\.description)).count == all.count)
    #expect(comparison.metricNames(on: .test, cells: false).count == 5 * (2 + 2 * 2))
    #expect(throws: Never.self) {
      for name in all { _ = try comparison.sides[0].records[0].test.value(name) }
    }
  }

  @Test func refusesWhatCannotBePaired() throws {
    let one = records("alpha", seeds: [1])
    #expect(sentence { _ = try compare(one) } == "a comparison needs two runs or sets of runs")
    #expect(sentence { _ = try compare(one, []) } == "B: has no finished run")
    let twice = records("beta", seeds: [1]) + records("beta", width: 16, seeds: [1])
    #expect(
      sentence { _ = try compare(one, twice) }?.hasPrefix("B: has several runs of seed 1") == true)
    // No common seeds: every side is still described.
    let apart = try compare(records("alpha", seeds: [1, 2]), records("beta", seeds: [3]))
    #expect(apart.commonSeeds(of: 1).isEmpty)
    #expect(apart.metric(auc, on: .test).differences == [nil])
  }
}
