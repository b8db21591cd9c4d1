import Foundation
import TensorCore
import TestKit
import Testing

/// The elementary functions of the kernels beside those of the C library in `Double`.
///
/// Measured greatest relative errors on x86-64, equal at all levels to two digits: sigmoid 1.5e-7,
/// tanh 2.7e-7, logarithm 5.3e-8, softmax of two 1.8e-7. The limits leave room for other compilers.
@Suite struct ElementaryAccuracyTests {
  private func grid(_ range: ClosedRange<Double>, count: Int = 400_001) -> Tensor {
    let step = (range.upperBound - range.lowerBound) / Double(count - 1)
    return Tensor(
      (0..<count).map { Float(range.lowerBound + Double($0) * step) }, shape: [count])
  }

  private func greatestRelativeError(
    _ x: Tensor, _ y: Tensor, _ function: (Double) -> Double
  ) -> Double {
    zip(x.values, y.values).reduce(0) { greatest, pair in
      let expected = function(Double(pair.0))
      guard expected != 0 else { return greatest }
      return max(greatest, abs((Double(pair.1) - expected) / expected))
    }
  }

  /// For x far below 0 the sigmoid is exp(x): this judges the exponential over its whole range.
  @Test(arguments: [-86.0 ... -20.0, -20.0...20.0], KernelLevel.available)
  func sigmoidIsAccurate(range: ClosedRange<Double>, level: KernelLevel) {
    let x = grid(range)
    let y = level.run { Variable(x).activated(by: .sigmoid).value }
    let error = greatestRelativeError(x, y) { 1 / (1 + exp(-$0)) }
    #expect(error < 2e-7)
    #expect(error > 1e-9)
  }

  @Test(arguments: [-12.0...12.0, -0.7...0.7, -1e-3...1e-3], KernelLevel.available)
  func tanhIsAccurate(range: ClosedRange<Double>, level: KernelLevel) {
    let x = grid(range)
    let y = level.run { Variable(x).activated(by: .tanh).value }
    let error = greatestRelativeError(x, y) { tanh($0) }
    #expect(error < 3e-7)
    #expect(error > 1e-9)
  }

  /// Equal logits give minus the logarithm of their number.
  @Test(arguments: KernelLevel.available)
  func logarithmIsAccurate(level: KernelLevel) {
    let counts = Array(2...600)
    let found = level.run {
      counts.map { count in
        let logits = Variable(Tensor(zeros: [1, count, 1]))
        return Double(logits.logSoftmaxOverMiddleAxis().value.values[0])
      }
    }
    expectClose(found, counts.map { -log(Double($0)) }, relative: 1e-7)
  }

  @Test(arguments: KernelLevel.available)
  func softmaxOfTwoIsAccurate(level: KernelLevel) {
    let x = grid(-80.0...0.0, count: 100_001)
    let pairs = Tensor(x.values.flatMap { [0, $0] }, shape: [x.count, 2])
    let y = level.run { Variable(pairs).softmax().value.values }
    let second = Tensor(
      stride(from: 1, to: y.count, by: 2).map { y[$0] }, shape: [x.count])
    #expect(greatestRelativeError(x, second) { exp($0) / (1 + exp($0)) } < 2.5e-7)
  }
}
