import Foundation
import Testing

// Internal: WeightHistogram, of which only the encoded form is visible otherwise.
@testable import RunExports

@Suite struct WeightHistogramTests {
  @Test func countsEveryElementInItsInterval() {
    let elements = (0..<1000).map { Float(sin(Double($0) * 12.9898) * 3) }
    let histogram = WeightHistogram(elements)
    let values = elements.map(Double.init)
    #expect(histogram.minimum == values.min() && histogram.maximum == values.max())
    #expect(histogram.limits.count == 30 && histogram.limits.last == histogram.maximum)
    #expect(histogram.counts.reduce(0, +) == 1000)
    for (index, limit) in histogram.limits.enumerated() {
      let lower = index == 0 ? -Double.infinity : histogram.limits[index - 1]
      let isLast = index == 29
      let count = values.count { $0 >= lower && (isLast ? $0 <= limit : $0 < limit) }
      // A value within rounding of a bound may count on either side.
      #expect(abs(Double(count) - histogram.counts[index]) <= 1)
    }
    #expect(abs(histogram.sum - values.reduce(0, +)) < 1e-9)
    #expect(abs(histogram.sumOfSquares - values.reduce(0) { $0 + $1 * $1 }) < 1e-9)
  }

  @Test func equalElementsHaveOneInterval() {
    let histogram = WeightHistogram([Float](repeating: 0.25, count: 7))
    #expect(histogram.counts == [7] && histogram.limits[0] > 0.25)
    #expect(histogram.minimum == 0.25 && histogram.maximum == 0.25)
  }

  @Test func elementsThatAreNotFiniteAreLeftOut() {
    let histogram = WeightHistogram([.nan, .infinity, -.infinity, 1, 2])
    #expect(histogram.counts.reduce(0, +) == 2)
    #expect((histogram.minimum, histogram.maximum) == (1, 2))
    let none = WeightHistogram([.nan])
    #expect(none.counts == [0] && none.minimum == 0 && none.sum == 0)
    #expect(WeightHistogram([]).counts == [0])
  }

  @Test func extremeRangesDoNotOverflow() {
    let histogram = WeightHistogram([-Float.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude])
    #expect(histogram.counts.reduce(0, +) == 3)
    #expect(histogram.limits.allSatisfy { $0.isFinite })
    let narrow = WeightHistogram([1, Float(1).nextUp])
    #expect(narrow.counts.reduce(0, +) == 2)
  }
}
