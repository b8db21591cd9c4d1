import TensorCore
import TestKit
import Testing

@Suite struct ReductionTests {
  static let shapes = [
    [4, 5], [1, 5], [4, 1], [7], [2, 3, 4], [700, 3], [3, 200], [0, 4], [4, 0],
  ]

  static let cases = shapes.flatMap { shape in
    [
      OperationCase("sum of \(shape)", shapes: [shape]) { $0[0].sum() },
      OperationCase("mean of \(shape)", shapes: [shape]) { $0[0].mean() },
      OperationCase("log-sum-exp of \(shape)", shapes: [shape]) { inputs in
        // Without columns the result is -∞, to which nothing is close.
        inputs[0].shape.last == 0 ? inputs[0].sum() : inputs[0].logSumExp()
      },
    ]
      + Axis.allCases.flatMap { axis in
        [
          OperationCase("sum of \(shape) over \(axis)", shapes: [shape]) { $0[0].sum(over: axis) },
          OperationCase("mean of \(shape) over \(axis)", shapes: [shape]) {
            $0[0].mean(over: axis)
          },
        ]
      }
  }

  static let others = [
    OperationCase("sum of a scalar", shapes: [[]]) { $0[0].sum() },
    OperationCase("rows centered", shapes: [[4, 5]]) { $0[0] - $0[0].mean(over: .columns) },
    OperationCase("columns centered", shapes: [[4, 5]]) { $0[0] - $0[0].mean(over: .rows) },
    OperationCase("softmax from log-sum-exp", shapes: [[4, 5]]) {
      ($0[0] - $0[0].logSumExp()).exp()
    },
  ]

  @Test(arguments: cases + others, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func rowsAndColumnsStayOne() {
    let x = Variable(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    #expect(x.sum(over: .rows).value.values == [5, 7, 9])
    #expect(x.sum(over: .rows).shape == [1, 3])
    #expect(x.sum(over: .columns).value.values == [6, 15])
    #expect(x.sum(over: .columns).shape == [2, 1])
    #expect(x.mean(over: .columns).value.values == [2, 5])
    #expect(x.sum().value.scalar == 21 && x.mean().value.scalar == 3.5)
  }

  @Test func meanOfNothingIsZeroWithoutGradient() {
    let (mean, gradients) = evaluate([Tensor(zeros: [0, 3]), Tensor([2], shape: [])]) {
      $0[0].mean() + $0[1]
    }
    #expect(mean.scalar == 2)
    #expect(gradients[1].values == [1])
    #expect(Variable(Tensor(zeros: [0, 3])).mean(over: .rows).value.values == [0, 0, 0])
  }

  @Test func sumsAreAccumulatedInDouble() {
    let x = Variable(Tensor(repeating: 0.1, shape: [1 << 20, 1]))
    for sum in [x.sum(), x.sum(over: .rows), x.reshaped(to: [1, 1 << 20]).sum(over: .columns)] {
      #expect(sum.value.scalar == Float(Double(Float(0.1)) * Double(1 << 20)))
    }
  }

  @Test func logSumExpBearsExtremes() {
    let x = Tensor(
      [1e30, -1e30, -.infinity, -.infinity, 5, -.infinity, .infinity, 0, .nan, 0], shape: [5, 2])
    let (y, gradients) = evaluate([x]) { $0[0].logSumExp() }
    #expect(y.values.prefix(4) == [1e30, -.infinity, 5, .infinity])
    #expect(y.values[4].isNaN)
    #expect(gradients[0].values.prefix(6) == [1, 0, 0, 0, 1, 0])
    #expect(Variable(Tensor(zeros: [2, 0])).logSumExp().value.values == [-.infinity, -.infinity])
  }
}
