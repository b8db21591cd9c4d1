import Dispatch
import TestKit
import Testing

// Internal: MatrixOperand.
@testable import TensorCore

/// Products of bfloat16 operands beside sums in `Double` of the same rounded operands.
@Suite(.needsOneDNN) struct BF16ProductTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var m, n, k: Int
    var testDescription: String { "\(m)x\(n)x\(k)" }
  }

  static let shapes = [
    Shape(m: 1, n: 1, k: 1), Shape(m: 3, n: 1, k: 70), Shape(m: 1, n: 33, k: 5),
    Shape(m: 17, n: 31, k: 65), Shape(m: 130, n: 8, k: 256), Shape(m: 64, n: 512, k: 1000),
    Shape(m: 2, n: 3, k: 0), Shape(m: 0, n: 3, k: 4), Shape(m: 3, n: 0, k: 4),
  ]

  private func operand(_ name: String, rows: Int, columns: Int, isTransposed: Bool) -> (
    operand: MatrixOperand, at: (Int, Int) -> Float
  ) {
    let stored = isTransposed ? (columns, rows) : (rows, columns)
    let tensor = Tensor(normal: name, shape: [stored.0, stored.1])
    let values = tensor.values
    let operand = MatrixOperand(tensor, precision: .bf16)
    return (
      isTransposed ? operand.transposed : operand,
      { row, column in
        isTransposed ? values[column * stored.1 + row] : values[row * stored.1 + column]
      }
    )
  }

  @Test(arguments: shapes, [(false, false), (false, true), (true, false), (true, true)])
  func productIsThatOfTheRoundedOperands(shape: Shape, transposed: (Bool, Bool)) {
    let a = operand("a", rows: shape.m, columns: shape.k, isTransposed: transposed.0)
    let b = operand("b", rows: shape.k, columns: shape.n, isTransposed: transposed.1)
    for beta: Float in [0, 1] {
      let before = Tensor(normal: "c", shape: [shape.m, shape.n])
      let c = before.copy()
      gemm(a.operand, b.operand, c.pointer, shape.n, m: shape.m, n: shape.n, k: shape.k, beta: beta)
      for row in 0..<shape.m {
        for column in 0..<shape.n {
          let start = Double(beta * before.values[row * shape.n + column])
          var (exact, rounded, magnitude) = (start, start, abs(start))
          for k in 0..<shape.k {
            let (x, y) = (a.at(row, k), b.at(k, column))
            exact += Double(x) * Double(y)
            rounded += Double(bfloat16(x)) * Double(bfloat16(y))
            magnitude += abs(Double(x) * Double(y))
          }
          let found = Double(c.values[row * shape.n + column])
          #expect(abs(found - rounded) <= 2e-6 * magnitude, "\(row), \(column), beta \(beta)")
          #expect(abs(found - exact) <= 0x1.02p-7 * magnitude, "\(row), \(column), beta \(beta)")
        }
      }
    }
  }

  /// Rounds by way of the arithmetic of 32-bit numbers alone.
  private func bfloat16(_ x: Float) -> Float {
    let scaled = x.significand * 128
    return Float(
      sign: x.sign, exponent: x.exponent, significand: scaled.rounded(.toNearestOrEven) / 128)
  }

  @Test func partsOfMatricesAreMultiplied() {
    let a = Tensor((0..<20).map(Float.init), shape: [4, 5])
    let b = Tensor((0..<12).map { Float($0) - 6 }, shape: [4, 3])
    let c = Tensor(zeros: [2, 2])
    gemm(
      MatrixOperand(a, precision: .bf16).transposed.from(row: 1, column: 2),
      MatrixOperand(b, precision: .bf16).from(row: 1, column: 1), c.pointer, 2, m: 2, n: 2, k: 3)
    // (7, 12, 17) and (8, 13, 18) times (-2, 1, 4) and (-1, 2, 5)
    #expect(c.values == [66, 102, 69, 108])
  }

  @Test func resultsWithoutBetaDoNotDependOnWhatWasThere() {
    let a = MatrixOperand(Tensor(repeating: 2, shape: [3, 4]), precision: .bf16)
    let b = MatrixOperand(Tensor(repeating: 3, shape: [4, 5]), precision: .bf16)
    let c = Tensor(repeating: .nan, shape: [3, 5])
    gemm(a, b, c.pointer, 5, m: 3, n: 5, k: 4)
    #expect(c.values == Array(repeating: 24, count: 15))
  }

  @Test func infinityAndNaNPassOnToTheirRowAlone() {
    let a = Tensor([1, 2, .infinity, 2, .nan, 2], shape: [3, 2])
    let b = Tensor([1, 1], shape: [2, 1])
    let c = Tensor(zeros: [3, 1])
    gemm(
      MatrixOperand(a, precision: .bf16), MatrixOperand(b, precision: .bf16), c.pointer, 1, m: 3,
      n: 1, k: 2)
    #expect(c.values[0] == 3 && c.values[1] == .infinity && c.values[2].isNaN)
  }

  @Test func threadsAtTheSameTimeGiveTheSameBits() {
    let a = MatrixOperand(Tensor(normal: "shared a", shape: [300, 500]), precision: .bf16)
    let b = MatrixOperand(Tensor(normal: "shared b", shape: [500, 90]), precision: .bf16)
    let results = (0..<8).map { _ in Tensor(zeros: [300, 90]) }
    DispatchQueue.concurrentPerform(iterations: results.count) { index in
      gemm(a, b, results[index].pointer, 90, m: 300, n: 90, k: 500)
    }
    for result in results.dropFirst() {
      #expect(result.values.map(\.bitPattern) == results[0].values.map(\.bitPattern))
    }
  }
}
