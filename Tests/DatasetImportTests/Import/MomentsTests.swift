import CKernelDispatch
import TensorCore
import Testing

// Internal: Moments.
@testable import DatasetImport

@Suite struct MomentsTests {
  @Test func momentsOfColumnsAreThoseOfTheirNumbersOneByOne() {
    var stream = RandomStreams(seed: 4)["moments"]
    let columns = (0..<11).map { column in
      (0..<1000).map { $0 % 13 == column ? Double.nan : stream.normal() * Double(column + 1) }
    }
    defer { ck_set_thread_level(-1) }
    for level in 0...2 {
      ck_set_thread_level(Int32(level))
      var moments = columns.map { _ in Moments() }
      Moments.add(columns.map { Array($0[..<400]) }, to: &moments)
      Moments.add(columns.map { Array($0[400...]) }, to: &moments)
      for (column, found) in zip(columns, moments) {
        var expected = Moments()
        for value in column where !value.isNaN { expected.add(value) }
        #expect(found.mean.bitPattern == expected.mean.bitPattern)
        #expect(found.standardDeviation.bitPattern == expected.standardDeviation.bitPattern)
        #expect((found.weight, found.minimum) == (expected.weight, expected.minimum))
        #expect(found.maximum == expected.maximum)
      }
    }
  }
}
