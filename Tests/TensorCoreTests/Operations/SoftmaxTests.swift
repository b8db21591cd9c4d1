import Foundation
import TensorCore
import TestKit
import Testing

@Suite struct SoftmaxTests {
  static let cases = [
    OperationCase("softmax", shapes: [[4, 5]]) { $0[0].softmax() },
    OperationCase("softmax of one column", shapes: [[4, 1]]) { $0[0].softmax() },
    OperationCase("softmax of one row", shapes: [[1, 33]]) { $0[0].softmax() },
    OperationCase("softmax of three axes", shapes: [[2, 3, 4]]) { $0[0].softmax() },
    OperationCase("softmax of zero rows", shapes: [[0, 3]]) { $0[0].softmax() },
    OperationCase("masked softmax", shapes: [[3, 4]]) {
      $0[0].softmax(keeping: [1, 0, 1, 1, 0, 1, 1, 0, 255, 255, 0, 0])
    },
    OperationCase("masked softmax, one, none and all kept", shapes: [[3, 3]]) {
      $0[0].softmax(keeping: [0, 1, 0, 0, 0, 0, 1, 1, 1])
    },
    OperationCase("masked softmax of many rows", shapes: [[600, 3]]) {
      $0[0].softmax(keeping: (0..<1800).map { $0 % 7 == 0 ? 0 : 1 })
    },
    OperationCase("log-softmax", shapes: [[3, 4, 5]]) { $0[0].logSoftmaxOverMiddleAxis() },
    OperationCase("log-softmax of an axis of one", shapes: [[3, 1, 5]]) {
      $0[0].logSoftmaxOverMiddleAxis()
    },
    OperationCase("log-softmax with one inner column", shapes: [[3, 4, 1]]) {
      $0[0].logSoftmaxOverMiddleAxis()
    },
    OperationCase("log-softmax of no rows", shapes: [[0, 4, 2]]) {
      $0[0].logSoftmaxOverMiddleAxis()
    },
    OperationCase("log-softmax of many rows", shapes: [[300, 3, 2]]) {
      $0[0].logSoftmaxOverMiddleAxis()
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test(arguments: KernelLevel.available)
  func oneKeptColumnGetsOneAndNoneKeptGetsZeros(level: KernelLevel) {
    let x = Tensor([5, -3, 2, 1, 1, 1], shape: [2, 3])
    let y = level.run { Variable(x).softmax(keeping: [0, 1, 0, 0, 0, 0]).value }
    #expect(y.values == [0, 1, 0, 0, 0, 0])
  }

  @Test(arguments: KernelLevel.available)
  func maskedColumnsAreNotLookedAt(level: KernelLevel) {
    let x = Tensor([0, .nan, 0, .infinity], shape: [1, 4])
    let (y, gradients) = level.run {
      evaluate([x], outputGradient: Tensor([1, 1, 0, 1], shape: [1, 4])) {
        $0[0].softmax(keeping: [1, 0, 1, 0])
      }
    }
    #expect(y.values == [0.5, 0, 0.5, 0])
    #expect(gradients[0].values == [0.25, 0, -0.25, 0])
  }

  @Test(arguments: KernelLevel.available)
  func hugeLogitsDoNotOverflow(level: KernelLevel) {
    let x = Tensor([1e9, 1e9, -1e9, -1e9, -1e9, -1e9, 1e30, 0, -1e30], shape: [3, 3])
    let (y, gradients) = level.run { evaluate([x]) { $0[0].softmax() } }
    expectClose(
      y.values.map(Double.init), [0.5, 0.5, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3, 1, 0, 0],
      absolute: 1e-7)
    #expect(gradients[0].isFinite)
    let logarithm = level.run {
      Variable(x.reshaped(to: [3, 3, 1])).logSoftmaxOverMiddleAxis().value
    }
    #expect(logarithm.isFinite)
    expectClose(
      logarithm.values.map(Double.init),
      [
        -log(2), -log(2), -2e9, -log(3), -log(3), -log(3), 0, -1e30, -2e30,
      ], relative: 1e-6, absolute: 1e-6)
  }

  @Test(arguments: KernelLevel.available)
  func rowsSumToOne(level: KernelLevel) {
    let x = Tensor(normal: "x", shape: [200, 37], deviation: 10)
    let y = level.run { Variable(x).softmax().value.values }
    for row in 0..<200 {
      expectClose(y[row * 37..<(row + 1) * 37].reduce(0) { $0 + Double($1) }, 1, absolute: 1e-6)
    }
  }

  @Test(arguments: KernelLevel.available)
  func notANumberSpreadsOverItsRow(level: KernelLevel) {
    let x = Tensor([0, .nan, 1, 0, 1, 2], shape: [2, 3])
    let y = level.run { Variable(x).softmax().value.values }
    #expect(y.map(\.isNaN) == [true, true, true, false, false, false])
    let masked = level.run { Variable(x).softmax(keeping: [1, 1, 0, 1, 1, 1]).value.values }
    #expect(masked.map(\.isNaN) == [true, true, false, false, false, false])
    #expect(masked[2] == 0)
  }

  @Test(arguments: KernelLevel.available)
  func notANumberSpreadsOverItsAxis(level: KernelLevel) {
    let x = Tensor([0, 1, .nan, 1, 2, 3], shape: [1, 3, 2])
    let y = level.run { Variable(x).logSoftmaxOverMiddleAxis().value.values }
    #expect(y.map(\.isNaN) == [true, false, true, false, true, false])
  }
}
