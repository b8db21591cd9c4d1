import TensorCore
import TestKit
import Testing

@Suite struct DropoutTests {
  private static let stream = RandomStreams(seed: 5)["dropout"]

  static let cases = [
    OperationCase("dropout", shapes: [[20, 5]]) { $0[0].dropout(rate: 0.4, using: stream) },
    OperationCase("dropout before a layer", shapes: [[6, 5], [5, 3]]) {
      $0[0].dropout(rate: 0.2, using: stream).affine(weight: $0[1], activation: .tanh)
    },
    OperationCase("dropout of nothing", shapes: [[0, 5]]) {
      $0[0].dropout(rate: 0.4, using: stream)
    },
    OperationCase("noise", shapes: [[20, 5]]) { $0[0].addingNoise(deviation: 2, using: stream) },
    OperationCase("noise on nothing", shapes: [[0, 5]]) {
      $0[0].addingNoise(deviation: 2, using: stream)
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  /// The count of kept elements is binomial: five standard deviations are allowed.
  @Test(arguments: [Float(0.05), 0.25, 0.5, 0.9], KernelLevel.available)
  func shareOfKeptElementsIsAsAsked(rate: Float, level: KernelLevel) {
    let count = 1 << 20
    let ones = Variable(Tensor(repeating: 1, shape: [count]))
    let y = level.run { ones.dropout(rate: rate, using: Self.stream).value.values }
    let kept = y.filter { $0 != 0 }
    let expected = Double(count) * Double(1 - rate)
    let deviation = (expected * Double(rate)).squareRoot()
    expectClose(Double(kept.count), expected, absolute: 5 * deviation)
    #expect(Set(kept) == [1 / (1 - rate)])
  }

  @Test func everyKernelLevelDropsTheSameElements() {
    let ones = Variable(Tensor(repeating: 1, shape: [1000]))
    let masks = KernelLevel.available.map { level in
      level.run { ones.dropout(rate: 0.3, using: Self.stream).value.values }
    }
    #expect(masks.allSatisfy { $0 == masks[0] })
  }

  @Test func elementDependsOnItsPlaceAlone() {
    let long = Variable(Tensor(repeating: 1, shape: [100_000]))
    let short = Variable(Tensor(repeating: 1, shape: [33_000]))
    let dropped = [long, short].map { $0.dropout(rate: 0.5, using: Self.stream).value.values }
    #expect(Array(dropped[0].prefix(33_000)) == dropped[1])
    let noisy = [long, short].map { $0.addingNoise(deviation: 1, using: Self.stream).value.values }
    #expect(Array(noisy[0].prefix(33_000)) == noisy[1])
  }

  @Test func otherStreamsDropOtherElements() {
    let ones = Variable(Tensor(repeating: 1, shape: [1000]))
    let other = RandomStreams(seed: 5)["dropout/other"]
    #expect(
      ones.dropout(rate: 0.5, using: Self.stream).value.values
        != ones.dropout(rate: 0.5, using: other).value.values)
  }

  @Test func noRateAndNoDeviationAreTheVariableItself() {
    let x = Variable(Tensor(zeros: [2, 3]))
    #expect(x.dropout(rate: 0, using: Self.stream) === x)
    #expect(x.addingNoise(deviation: 0, using: Self.stream) === x)
  }
}
