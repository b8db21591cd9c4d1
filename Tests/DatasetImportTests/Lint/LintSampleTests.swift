import Datasets
import Ranking
import TensorCore
import Testing

// Internal: EvenSample, LabelCopyJudge, NumericalSuspects.
@testable import DatasetImport

@Suite struct LintSampleTests {
  @Test(arguments: [1, 7, 99_999, 100_000, 100_001, 250_037])
  func sampleHasRowsAtEvenDistancesHoweverRowsAreCut(rowCount: Int) {
    let problem = Problem(
      fields: [CategoricalField(name: "row", vocabularySize: 1 << 20)],
      bags: [CategoricalField(name: "bag", vocabularySize: 1 << 20)], numericals: ["x"],
      scenarios: ScenarioTree(name: "s", values: ["a"]), tasks: [RankingTask(name: "t")])
    var sample = EvenSample(problem, of: rowCount)
    var start = 0
    for size in [3, 1000, 17, 40_000].cycled where start < rowCount {
      let rows = start..<min(start + size, rowCount)
      let ids = rows.map { Int32($0) }
      sample.add(
        RowBlock(
          ids: ids,
          bags: [
            Batch.Bag(offsets: (0...ids.count).map { Int32($0 * 2) }, ids: ids.flatMap { [$0, 5] })
          ],
          numericals: ids.map { Float($0) }, leaves: ids.map { _ in 0 },
          labels: ids.map { UInt8($0 % 2) }, mask: start == 0 ? nil : ids.map { UInt8($0 % 3 % 2) })
      )
      start = rows.upperBound
      if start == rowCount { break }
    }
    let size = min(rowCount, EvenSample.limit)
    let expected = (0..<size).map { Int32($0 * rowCount / size) }
    #expect(sample.rows.ids == expected)
    #expect(sample.rows.numericals == expected.map { Float($0) })
    #expect(sample.rows.labels == expected.map { UInt8($0 % 2) })
    #expect(sample.mask == expected.map { $0 < 3 ? 1 : UInt8($0 % 3 % 2) })
    #expect(sample.rows.bags[0].ids == expected.flatMap { [$0, 5] })
    #expect(sample.rows.bags[0].offsets == (0...size).map { Int32($0 * 2) })
  }

  @Test func aVocabularyOfTwoBillionIdsIsJudgedAsASmallOne() {
    func aucs(ofVocabulary size: Int) -> [Double?] {
      let problem = Problem(
        fields: [CategoricalField(name: "field", vocabularySize: size)],
        bags: [CategoricalField(name: "bag", vocabularySize: size)],
        scenarios: ScenarioTree(name: "s", values: ["a"]), tasks: [RankingTask(name: "t")])
      var sample = EvenSample(problem, of: 400)
      let ids = (0..<400).map { Int32($0 * $0 % 11) }
      sample.add(
        RowBlock(
          ids: ids, bags: [Batch.Bag(offsets: (0...400).map { Int32($0) }, ids: ids)],
          numericals: [], leaves: ids.map { _ in 0 }, labels: ids.map { UInt8($0 % 3 == 0 ? 1 : 0) }
        ))
      return LabelCopyJudge(sample, problem, task: 0, bound: 0.9).aucs().map(\.1)
    }
    #expect(aucs(ofVocabulary: Int(Int32.max)) == aucs(ofVocabulary: 11))
    #expect(aucs(ofVocabulary: 11) == [1, 1])
  }

  @Test func noFeatureThatReachesTheBoundIsLeftOut() {
    var stream = RandomStreams(seed: 6)["suspects"]
    let (rowCount, width, bound) = (400, 40, 0.97)
    var (missed, spared) = (0, 0)
    for share in [0.02, 0.3, 0.9] {
      let labels = (0..<rowCount).map { $0 < 2 ? $0 == 0 : stream.uniform() < share }
      let numericals = (0..<rowCount * width).map { cell in
        // From pure noise to a copy of the label or its opposite, in coarse steps with many ties.
        let column = cell % width
        let signal = (labels[cell / width] ? 1.0 : 0) * (Double(column) - 20) / 4
        return Float(((signal + stream.normal()) * 4).rounded() / 4)
      }
      let rows = (0..<rowCount).filter { $0 < 2 || !$0.isMultiple(of: 5) }
      let suspects = NumericalSuspects(
        numericals, width: width, rows: rows, labels: labels, bound: bound)
      for column in 0..<width {
        let auc = pairwiseAUC(
          scores: rows.map { numericals[$0 * width + column] }, labels: rows.map { labels[$0] })
        let reaches = auc.map { max($0, 1 - $0) >= bound } ?? true
        if reaches, !suspects.contains(column) { missed += 1 }
        if !reaches, !suspects.contains(column) { spared += 1 }
      }
    }
    #expect(missed == 0)
    #expect(spared > 20)
  }
}

extension Array {
  /// The elements again and again.
  fileprivate var cycled: some Sequence<Element> {
    sequence(first: 0) { $0 + 1 }.lazy.map { self[$0 % count] }
  }
}
