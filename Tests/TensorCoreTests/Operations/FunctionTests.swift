import TensorCore
import TestKit
import Testing

@Suite struct FunctionTests {
  typealias Function = @Sendable (Variable) -> Variable

  static let ofPositives: [(String, Function)] = [
    ("log", { $0.log() }), ("sqrt", { $0.sqrt() }),
  ]

  static let ofAll: [(String, Function)] = [
    ("exp", { $0.exp() }), ("squared", { $0.squared() }), ("absolute", { $0.absolute() }),
    ("softplus", { $0.softplus() }), ("log-sigmoid", { $0.logSigmoid() }), ("relu", { $0.relu() }),
    ("swish", { $0.swish() }),
    ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }),
    ("clamped to a range", { $0.clamped(to: -0.4...0.9) }),
    ("clamped below", { $0.clamped(to: 0.1...) }),
    ("clamped above", { $0.clamped(to: ...0.1) }), ("smooth step", { $0.smoothStep() }),
    ("wide smooth step", { $0.smoothStep(width: 3) }),
  ]

  static let cases = [[4, 5], [1, 1], [2, 3, 4], [], [0, 4]].flatMap { shape in
    ofAll.map { name, function in
      OperationCase("\(name) of \(shape)", shapes: [shape]) { function($0[0]) }
    }
      + ofPositives.map { name, function in
        let x = Tensor(normal: name, shape: shape)
        return OperationCase(
          "\(name) of \(shape)", inputs: [Tensor(x.values.map { abs($0) + 0.1 }, shape: shape)]
        ) { function($0[0]) }
      }
  }

  static let extremes = [
    ("maximum", maximum as @Sendable (Variable, Variable) -> Variable), ("minimum", minimum),
  ].flatMap { name, function in
    [([4, 5], [4, 5]), ([4, 5], [4, 1]), ([], [4, 5]), ([0, 2], [2])].map { a, b in
      OperationCase("\(name) of \(a) and \(b)", shapes: [a, b]) { function($0[0], $0[1]) }
    }
  }

  @Test(arguments: cases + extremes, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  /// Every function at one number.
  private func at(_ x: Float, _ function: (Variable) -> Variable) -> (y: Float, slope: Float) {
    let (y, gradients) = evaluate([Tensor(scalar: x)]) { function($0[0]) }
    return (y.scalar, gradients[0].scalar)
  }

  @Test func zerosAndNegativesAreAsDocumented() {
    #expect(at(0) { $0.log() } == (-.infinity, .infinity))
    #expect(at(-1) { $0.log() }.y.isNaN)
    #expect(at(0) { $0.sqrt() } == (0, .infinity))
    #expect(at(-1) { $0.sqrt() }.y.isNaN)
    #expect(at(0) { $0.absolute() } == (0, 0))
    #expect(at(100) { $0.exp() } == (.infinity, .infinity))
    #expect(at(-200) { $0.exp() } == (0, 0))
  }

  @Test func swishIsTheProductWithItsSigmoidToTheLastBit() {
    let inputs = [Tensor(normal: "x", shape: [50, 37])]
    let fused = evaluate(inputs) { $0[0].swish() }
    let plain = evaluate(inputs) { $0[0] * $0[0].sigmoid() }
    #expect(fused.output.values == plain.output.values)
    #expect(fused.gradients[0].values == plain.gradients[0].values)
  }

  @Test func swishBearsExtremes() {
    #expect(at(1e30) { $0.swish() } == (1e30, 1))
    #expect(at(-1e30) { $0.swish() }.y.magnitude < 1e-3)
    #expect(at(0) { $0.swish() } == (0, 0.5))
  }

  @Test func softplusAndLogSigmoidBearExtremes() {
    #expect(at(1e30) { $0.softplus() } == (1e30, 1))
    #expect(at(-1e30) { $0.softplus() } == (0, 0))
    #expect(at(-1e30) { $0.logSigmoid() } == (-1e30, 1))
    #expect(at(1e30) { $0.logSigmoid() } == (0, 0))
    for (x, expected) in [
      (-40, 4.248354255291589e-18), (-18.5, 9.237449619305356e-9), (-18.25, 1.1861120081000745e-8),
      (-3, 0.04858735157374206),
    ] as [(Float, Double)] {
      expectClose(Double(at(x) { $0.softplus() }.y), expected, relative: 1e-7)
      expectClose(Double(-at(-x) { $0.logSigmoid() }.y), expected, relative: 1e-7)
    }
    expectClose(Double(at(-40) { $0.softplus() }.slope), 4.248354255291589e-18, relative: 1e-7)
  }

  @Test func endsOfAClampPassTheGradientAndNotANumberStays() {
    #expect(at(1) { $0.clamped(to: 0...1) } == (1, 1))
    #expect(at(0) { $0.clamped(to: 0...1) } == (0, 1))
    #expect(at(1.5) { $0.clamped(to: 0...1) } == (1, 0))
    #expect(at(-.infinity) { $0.clamped(to: 0...) } == (0, 0))
    #expect(at(.nan) { $0.clamped(to: 0...1) }.y.isNaN)
  }

  @Test func smoothStepIsExactOutsideOfItsInterval() {
    #expect(at(-1) { $0.smoothStep(width: 2) } == (0, 0))
    #expect(at(1) { $0.smoothStep(width: 2) } == (1, 0))
    #expect(at(0) { $0.smoothStep(width: 2) } == (0.5, 0.75))
  }

  @Test func equalElementsShareTheGradientOfMaximumAndMinimum() {
    for function in [maximum, minimum] as [@Sendable (Variable, Variable) -> Variable] {
      let (y, gradients) = evaluate([Tensor([1, 2], shape: [2]), Tensor([1, .nan], shape: [2])]) {
        function($0[0], $0[1])
      }
      #expect(y.values[0] == 1 && y.values[1].isNaN)
      #expect(gradients.map(\.values) == [[0.5, 0], [0.5, 0]])
    }
  }

  @Test func functionsRoundDoubleResults() {
    let x = Tensor(normal: "x", shape: [999], deviation: 8)
    let y = Variable(x).exp().value
    expectClose(
      y.values.map(Double.init), x.values.map { Double($0).exponential }, relative: 6e-8)
  }
}
