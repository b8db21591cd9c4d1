import TensorCore
import TestKit
import Testing

@Suite struct ArithmeticTests {
  static let cases = [
    OperationCase("sum", shapes: [[4, 5], [4, 5]]) { $0[0] + $0[1] },
    OperationCase("sum of a variable and itself", shapes: [[4, 5]]) { $0[0] + $0[0] },
    OperationCase("sum of scalars", shapes: [[], []]) { $0[0] + $0[1] },
    OperationCase("product", shapes: [[4, 5], [4, 5]]) { $0[0] * $0[1] },
    OperationCase("square", shapes: [[4, 5]]) { $0[0] * $0[0] },
    OperationCase("product with a constant", shapes: [[4, 5]]) {
      $0[0] * Variable(Tensor(normal: "constant", shape: [4, 5]))
    },
    OperationCase("sum of nothing", shapes: [[0, 5], [0, 5]]) { $0[0] + $0[1] },
    OperationCase("scaled", shapes: [[4, 5]]) { $0[0].scaled(by: -0.3) },
    OperationCase("scaled by zero", shapes: [[4, 5]]) { $0[0].scaled(by: 0) },
    OperationCase("weighted sum", shapes: [[4, 5]]) {
      $0[0].weightedSum(Tensor(normal: "weights", shape: [4, 5]))
    },
    OperationCase("reshaped", shapes: [[4, 6]]) { $0[0].reshaped(to: [2, 3, 4]) },
    OperationCase("used three times", shapes: [[3, 3]]) {
      $0[0] * $0[0] + $0[0].scaled(by: 2) + $0[0].activated(by: .tanh)
    },
    OperationCase("sum of terms that derive their gradient in place", shapes: [[4, 5]]) {
      $0[0].activated(by: .tanh) + $0[0].activated(by: .sigmoid)
        + $0[0].reshaped(to: [20]).activated(by: .leakyReLU).reshaped(to: [4, 5])
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test(arguments: KernelLevel.available)
  func everyLengthIsCovered(level: KernelLevel) {
    for count in 0...70 {
      let a = Tensor(normal: "a", shape: [count])
      let b = Tensor(normal: "b", shape: [count])
      let (sum, product, scaled) = level.run {
        (
          (Variable(a) + Variable(b)).value, (Variable(a) * Variable(b)).value,
          Variable(a).scaled(by: 3).value
        )
      }
      #expect(sum.values == zip(a.values, b.values).map(+))
      #expect(product.values == zip(a.values, b.values).map(*))
      #expect(scaled.values == a.values.map { $0 * 3 })
    }
  }

  @Test(arguments: KernelLevel.available)
  func weightedSumIsAccumulatedInDouble(level: KernelLevel) {
    let count = 1 << 20
    let x = Tensor(repeating: 0.1, shape: [count])
    let sum = level.run { Variable(x).weightedSum(Tensor(repeating: 1, shape: [count])).value }
    expectClose(Double(sum.scalar), Double(Float(0.1)) * Double(count), relative: 1e-6)
  }

  @Test func detachedStopsTheGradient() {
    let x = Tensor(normal: "x", shape: [2, 3])
    let (output, gradients) = evaluate([x]) { $0[0] * $0[0].detached() }
    #expect(output.values == x.values.map { $0 * $0 })
    #expect(gradients[0].values == x.values)
  }

  @Test func weightedSumOfNothingIsZero() {
    #expect(Variable(Tensor(zeros: [0, 3])).weightedSum(Tensor(zeros: [0, 3])).value.scalar == 0)
  }
}
