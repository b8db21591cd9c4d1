import TensorCore
import TestKit
import Testing

@Suite struct MatrixProductTests {
  static let shapes: [([Int], [Int])] = [
    ([4, 3], [3, 2]), ([5, 2, 3], [3, 4]), ([5, 2, 3], [5, 3, 4]), ([130, 1, 6], [130, 6, 3]),
    ([3, 4, 1], [3, 1, 2]), ([2, 1, 40], [2, 40, 1]), ([1, 1, 1], [1, 1, 1]),
    ([0, 2, 3], [0, 3, 4]),
    ([2, 0, 3], [2, 3, 4]), ([2, 3, 4], [2, 4, 0]), ([2, 3, 0], [2, 0, 4]), ([0, 3], [3, 2]),
  ]

  static let cases =
    shapes.map { a, b in
      OperationCase("\(a) times \(b)", shapes: [a, b]) { $0[0].matmul($0[1]) }
    }
    + [[4, 3], [1, 5], [5, 1], [2, 3, 4], [600, 2], [0, 3], [3, 0]].map { shape in
      OperationCase("\(shape) transposed", shapes: [shape]) { $0[0].transposed() }
    }
    + [
      OperationCase("a matrix times itself transposed", shapes: [[4, 3]]) {
        $0[0].matmul($0[0].transposed())
      },
      OperationCase("lists times themselves transposed", shapes: [[3, 4, 2]]) {
        $0[0].matmul($0[0].transposed())
      },
      OperationCase("weights of every row", shapes: [[4, 3], [4, 3, 2]]) {
        $0[0].affineByRow(weights: $0[1])
      },
      OperationCase("weights and biases of every row", shapes: [[4, 3], [4, 3, 2], [4, 2]]) {
        $0[0].affineByRow(weights: $0[1], biases: $0[2])
      },
      OperationCase("products of weights", shapes: [[4, 3], [3, 2], [3, 2], [2], [2]]) {
        $0[0].affine(weight: $0[1] * $0[2], bias: $0[3] + $0[4], activation: .tanh)
      },
      OperationCase("a constant on the left", shapes: [[3, 3, 2]]) {
        Variable(Tensor(normal: "left", shape: [3, 2, 3])).matmul($0[0])
      },
    ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test(arguments: KernelLevel.available)
  func productOfARowDependsOnNoOther(level: KernelLevel) {
    let (a, b) = (
      Tensor(normal: "a", shape: [70, 5, 33]), Tensor(normal: "b", shape: [70, 33, 17])
    )
    level.run {
      let all = Variable(a).matmul(Variable(b)).value.values
      for item in [0, 1, 69] {
        let (left, right) = (item * 5 * 33, item * 33 * 17)
        let alone = Variable(Tensor(Array(a.values[left..<left + 33]), shape: [1, 1, 33]))
          .matmul(Variable(Tensor(Array(b.values[right..<right + 33 * 17]), shape: [1, 33, 17])))
        #expect(alone.value.values == Array(all[item * 85..<item * 85 + 17]))
      }
    }
  }

  @Test func shapesWithoutAProductAreRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = Variable(Tensor(zeros: [4, 3])).matmul(Variable(Tensor(zeros: [4, 3])))
    }
    await #expect(processExitsWith: .failure) {
      _ = Variable(Tensor(zeros: [2, 4, 3])).matmul(Variable(Tensor(zeros: [3, 3, 5])))
    }
  }
}
