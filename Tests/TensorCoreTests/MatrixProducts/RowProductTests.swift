import CNumerics
import TestKit
import Testing

// Internal: MatrixOperand.
@testable import TensorCore

/// Products whose rows do not depend on each other, at every kernel level.
@Suite struct RowProductTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var n, k: Int
    var testDescription: String { "\(n) columns, \(k) terms" }

    static let all = [
      (1, 1), (1, 16), (1, 37), (1, 64), (3, 5), (4, 16), (7, 100), (8, 200), (13, 33), (16, 8),
      (31, 40), (32, 64), (33, 300), (64, 128), (100, 257), (130, 300), (200, 513), (5, 0), (1, 0),
    ].map { Shape(n: $0.0, k: $0.1) }
  }

  private func product(
    _ a: [Float], _ b: [Float], rowCount: Int, _ shape: Shape, level: KernelLevel
  ) -> [Float] {
    let c = Tensor(repeating: .nan, shape: [rowCount, shape.n])
    level.run {
      ck_multiply_rows(
        a, shape.k, b, shape.n, c.pointer, shape.n, rowCount, shape.n, shape.k)
    }
    return c.values
  }

  /// The sum of the rounded products of a row and a column, as the kernel's contract has it.
  private func element(_ row: [Float], _ b: [Float], column: Int, n: Int) -> Float {
    guard n == 1, row.count >= 32 else {
      return row.indices.reduce(0) { $0.addingProduct(row[$1], b[$1 * n + column]) }
    }
    var sums = [Float](repeating: 0, count: 16)
    for k in row.indices { sums[k % 16].addProduct(row[k], b[k]) }
    for width in [8, 4, 2, 1] {
      for lane in 0..<width { sums[lane] += sums[lane + width] }
    }
    return sums[0]
  }

  @Test(arguments: Shape.all, KernelLevel.available)
  func everyElementIsTheSumInOrderOfItsProducts(shape: Shape, level: KernelLevel) {
    let rowCount = 21
    let a = Tensor(normal: "a", shape: [rowCount, max(1, shape.k)]).values
    let b = Tensor(normal: "b", shape: [max(1, shape.k), shape.n]).values
    let found = product(a, b, rowCount: rowCount, shape, level: level)
    for row in 0..<rowCount {
      let values = Array(a[row * shape.k..<(row + 1) * shape.k])
      for column in 0..<shape.n {
        let expected = element(values, b, column: column, n: shape.n)
        let value = found[row * shape.n + column]
        // Portable code for processors without fused multiply-add rounds every product.
        let isExact = level != .portable
        #expect(isExact ? value == expected : abs(value - expected) < 1e-4, "\(row), \(column)")
      }
    }
  }

  @Test(arguments: Shape.all, KernelLevel.available)
  func aRowHasTheSameBitsAtEveryPlaceAmongAnyNumberOfRows(shape: Shape, level: KernelLevel) {
    let row = Tensor(normal: "row", shape: [max(1, shape.k)]).values
    let b = Tensor(normal: "b", shape: [max(1, shape.k), shape.n]).values
    let alone = product(row, b, rowCount: 1, shape, level: level)
    let a = (0..<600).flatMap { _ in shape.k == 0 ? [] : row }
    for rowCount in Array(1...80) + [127, 128, 129, 511, 512, 600] {
      let found = product(a, b, rowCount: rowCount, shape, level: level)
      let isSame = (0..<rowCount).allSatisfy {
        Array(found[$0 * shape.n..<($0 + 1) * shape.n]) == alone
      }
      #expect(isSame, "\(rowCount) rows")
    }
  }

  @Test(arguments: KernelLevel.available)
  func partsOfWiderMatricesAreMultipliedAndNothingElseIsWritten(level: KernelLevel) {
    let a = Tensor((0..<40).map(Float.init), shape: [5, 8])
    let b = Tensor((0..<36).map { Float($0) - 18 }, shape: [4, 9])
    let c = Tensor(repeating: -7, shape: [5, 6])
    level.run { ck_multiply_rows(a.pointer + 2, 8, b.pointer + 1, 9, c.pointer + 1, 6, 5, 4, 3) }
    for row in 0..<5 {
      #expect(c.values[row * 6] == -7 && c.values[row * 6 + 5] == -7)
      for column in 0..<4 {
        let expected = (0..<3).reduce(Float(0)) { sum, k in
          sum + a.values[row * 8 + 2 + k] * b.values[k * 9 + 1 + column]
        }
        #expect(c.values[row * 6 + 1 + column] == expected)
      }
    }
  }

  @Test(.needsOneDNN, arguments: Shape.all.filter { $0.k > 0 })
  func rowsDoNotDependOnEachOtherInBF16Either(shape: Shape) {
    let row = Tensor(normal: "row", shape: [max(1, shape.k)]).values
    let b = MatrixOperand(
      Tensor(normal: "b", shape: [shape.k, shape.n]), precision: .bf16)
    let a = MatrixOperand(
      Tensor((0..<600).flatMap { _ in row }, shape: [600, shape.k]),
      precision: .bf16)
    func product(_ rowCount: Int) -> [Float] {
      let c = Tensor(repeating: .nan, shape: [rowCount, shape.n])
      rowProduct(a, b, c.pointer, shape.n, m: rowCount, n: shape.n, k: shape.k)
      return c.values
    }
    let alone = product(1)
    for rowCount in [2, 3, 15, 16, 17, 31, 33, 47, 48, 49, 64, 100, 511, 512, 600] {
      let found = product(rowCount)
      let isSame = (0..<rowCount).allSatisfy {
        Array(found[$0 * shape.n..<($0 + 1) * shape.n]) == alone
      }
      #expect(isSame, "\(rowCount) rows")
    }
  }
}
