import Foundation
import TensorCore
import TestKit
import Testing

@Suite struct ActivationTests {
  static let cases = Activation.allCases.flatMap { activation in
    [[5, 7], [1, 1], [3, 2, 4], [0, 4]].map { shape in
      OperationCase("\(activation) of \(shape)", shapes: [shape]) {
        $0[0].activated(by: activation)
      }
    }
  }

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func identityReturnsTheVariableItself() {
    let x = Variable(Tensor(normal: "x", shape: [2, 2]))
    #expect(x.activated(by: .identity) === x)
  }

  @Test func inputIsLeftAsItWas() {
    let x = Tensor([-1, 2], shape: [1, 2])
    #expect(Variable(x).activated(by: .relu).value.values == [0, 2])
    #expect(x.values == [-1, 2])
  }

  @Test(arguments: KernelLevel.available)
  func hugeArgumentsSaturate(level: KernelLevel) {
    let x = Tensor([-1e9, -.infinity, 1e9, .infinity], shape: [4])
    level.run {
      let (tanh, tanhGradient) = evaluate([x]) { $0[0].activated(by: .tanh) }
      #expect(tanh.values == [-1, -1, 1, 1])
      #expect(tanhGradient[0].values == [0, 0, 0, 0])
      let (sigmoid, sigmoidGradient) = evaluate([x]) { $0[0].activated(by: .sigmoid) }
      expectClose(sigmoid, Tensor([0, 0, 1, 1], shape: [4]), absolute: 1e-37)
      expectClose(sigmoidGradient[0], Tensor(zeros: [4]), absolute: 1e-37)
    }
  }

  @Test(arguments: Activation.allCases, KernelLevel.available)
  func notANumberStaysNotANumber(activation: Activation, level: KernelLevel) {
    let x = Tensor([1, .nan, -1], shape: [1, 3])
    let y = level.run { Variable(x).activated(by: activation).value.values }
    #expect(y.map(\.isNaN) == [false, true, false])
  }

  @Test func reluHasNoGradientAtZero() {
    let (_, gradients) = evaluate([Tensor([0, -0.0, 1], shape: [3])]) {
      $0[0].activated(by: .relu)
    }
    #expect(gradients[0].values == [0, 0, 1])
  }
}
