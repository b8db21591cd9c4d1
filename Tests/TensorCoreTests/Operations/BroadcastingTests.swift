import TensorCore
import TestKit
import Testing

/// `+`, `-`, `*` and `/` of variables, and of variables and numbers.
@Suite struct BroadcastingTests {
  /// Two shapes that go together.
  static let shapes: [([Int], [Int])] = [
    ([4, 5], [4, 5]), ([4, 5], []), ([], [4, 5]), ([4, 5], [5]), ([4, 5], [1, 5]),
    ([4, 1], [4, 5]),
    ([4, 1], [1, 5]), ([4, 1], [5]), ([1, 5], [4, 1]), ([1, 1], [3, 2]), ([2, 3, 4], [4]),
    ([2, 3, 4], [2, 3, 1]), ([2, 3, 4], []), ([1, 4], [4]), ([700, 3], [700, 1]), ([700, 3], [3]),
    ([0, 5], [5]), ([0, 5], [0, 1]), ([0, 1], [1, 5]), ([3, 0], [3, 1]), ([], []),
  ]

  static let operators: [(String, @Sendable (Variable, Variable) -> Variable)] = [
    ("+", { $0 + $1 }), ("-", { $0 - $1 }), ("*", { $0 * $1 }), ("/", { $0 / $1 }),
  ]

  static let cases = shapes.flatMap { a, b in
    operators.map { name, operation in
      let denominator = Tensor(normal: "b", shape: b)
      return OperationCase(
        "\(a) \(name) \(b)",
        inputs: [
          Tensor(normal: "a", shape: a),
          name == "/"
            ? Tensor(denominator.values.map { $0 + ($0 < 0 ? -0.5 : 0.5) }, shape: b) : denominator,
        ]
      ) { operation($0[0], $0[1]) }
    }
  }

  static let others = [
    OperationCase("a variable less itself", shapes: [[4, 5]]) { $0[0] - $0[0] },
    OperationCase("a variable by itself", inputs: [Tensor([1, -2, 3], shape: [3])]) {
      $0[0] / $0[0]
    },
    OperationCase("a difference with a constant", shapes: [[4, 5]]) {
      Variable(Tensor(normal: "constant", shape: [4, 5])) - $0[0]
    },
    OperationCase("a quotient by a constant", shapes: [[4, 5]]) {
      $0[0] / Variable(Tensor(repeating: 3, shape: [5]))
    },
    OperationCase("numbers on both sides", shapes: [[4, 5]]) {
      1 - 2 * $0[0] / 4 + 3 * ($0[0] + 1) - 0.5 + -$0[0] * 7
    },
    OperationCase("a number by a variable", inputs: [Tensor([1, -2, 3], shape: [3])]) { 2 / $0[0] },
    OperationCase("expanded twice", shapes: [[1, 3]]) {
      $0[0].expanded(to: [4, 3]).reshaped(to: [4, 1, 3]).expanded(to: [4, 1, 3])
    },
    OperationCase("a row used by matrices of several sizes", shapes: [[2, 3], [7, 3], [3]]) {
      ($0[0] * $0[2]).sum() + ($0[1] * $0[2]).sum()
    },
  ]

  @Test(arguments: cases + others, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func resultsHaveTheShapeOfBothTogether() {
    for (a, b, expected) in [
      ([4, 1], [1, 5], [4, 5]), ([5], [4, 1], [4, 5]), ([], [2, 3, 4], [2, 3, 4]),
      ([1, 4], [4], [1, 4]),
    ] {
      let sum = Variable(Tensor(zeros: a)) + Variable(Tensor(zeros: b))
      #expect(sum.shape == expected)
    }
  }

  @Test func differenceAndQuotientAreThoseOfTheProcessor() {
    let (a, b) = (Tensor(normal: "a", shape: [70]), Tensor(normal: "b", shape: [70]))
    #expect((Variable(a) - Variable(b)).value.values == zip(a.values, b.values).map(-))
    #expect((Variable(a) / Variable(b)).value.values == zip(a.values, b.values).map(/))
  }

  @Test func divisionByZeroIsThatOfTheProcessor() {
    let a = Variable(Tensor([1, -1, 0], shape: [3]))
    let values = (a / Variable(Tensor(zeros: [3]))).value.values
    #expect(values[0] == .infinity && values[1] == -.infinity && values[2].isNaN)
  }

  @Test func shapesThatDoNotGoTogetherAreRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = Variable(Tensor(zeros: [4, 5])) + Variable(Tensor(zeros: [4]))
    }
    await #expect(processExitsWith: .failure) {
      _ = Variable(Tensor(zeros: [2, 3, 4])) * Variable(Tensor(zeros: [2, 1, 4]))
    }
  }
}
