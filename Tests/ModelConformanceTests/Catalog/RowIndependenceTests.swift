import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

/// What a model says of a row is a function of the row alone, to the last bit: equal rows tie.
@Suite("A row's prediction depends on no other row")
struct RowIndependenceTests {
  /// Layers of common widths, so that the products are those that real runs compute.
  private func build(_ model: ConformanceCase) throws -> BuiltModel {
    let wide = model.entry.widths(ofLayers: [40, 24], ofEmbeddings: 5)
    let built = try model.build(setting: wide.merging(model.settings) { $1 })
    built.shake()
    return built
  }

  private func expectRowsToAgree(
    _ built: BuiltModel, _ model: ConformanceCase, sizes: some Sequence<Int>
  ) {
    let source = model.tiny.validation
    let row: Int32 = 7
    let alone = bits(built.logits(source.batch(rows: [row])))
    for size in sizes {
      let found = bits(built.logits(source.batch(rows: Array(repeating: row, count: size))))
      let isSame = (0..<size).allSatisfy {
        Array(found[$0 * alone.count..<($0 + 1) * alone.count]) == alone
      }
      #expect(isSame, "\(size) equal rows")
    }
    // The row among others, of all scenarios, at every place of a batch.
    for place in 0..<40 {
      var rows = (0..<Int32(40)).map { ($0 &* 11 &+ Int32(place) &* 3) % 150 }
      rows[place] = row
      let found = bits(built.logits(source.batch(rows: rows)))
      #expect(Array(found[place * alone.count..<(place + 1) * alone.count]) == alone)
    }
  }

  @Test(arguments: ConformanceCase.defaults)
  func atEveryPlaceOfABatchOfAnySize(_ model: ConformanceCase) throws {
    expectRowsToAgree(try build(model), model, sizes: 1...600)
  }

  @Test(arguments: ConformanceCase.all)
  func whateverTheSettings(_ model: ConformanceCase) throws {
    let built = try build(model)
    built.train(model.tiny.training.first(100))
    expectRowsToAgree(built, model, sizes: [2, 3, 4, 5, 7, 8, 9, 12, 13, 31, 64, 100, 257])
  }

  @Test(.needsOneDNN, arguments: ConformanceCase.defaults)
  func inBF16Too(_ model: ConformanceCase) throws {
    let built = try build(model)
    MatrixPrecision.$current.withValue(.bf16) {
      expectRowsToAgree(built, model, sizes: [2, 3, 4, 5, 7, 8, 9, 12, 13, 31, 64, 100, 257])
    }
  }
}
