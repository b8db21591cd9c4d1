import TensorCore
import TestKit
import Testing

@Suite struct AffineTests {
  static let single = Activation.allCases.flatMap { activation in
    [
      OperationCase("one map, \(activation)", shapes: [[6, 5], [5, 3]]) {
        $0[0].affine(weight: $0[1], activation: activation)
      },
      OperationCase("one map with bias, \(activation)", shapes: [[6, 5], [5, 3], [3]]) {
        $0[0].affine(weight: $0[1], bias: $0[2], activation: activation)
      },
    ]
  }

  static let dropped = Activation.allCases.flatMap { activation in
    let dropout = Dropout(rate: 0.4, stream: RandomStreams(seed: 5)["dropout"])
    return [
      OperationCase("with dropout, \(activation)", shapes: [[6, 5], [5, 3], [3]]) {
        $0[0].affine(weight: $0[1], bias: $0[2], activation: activation, dropout: dropout)
      },
      OperationCase("segments with dropout, \(activation)", shapes: [[6, 5], [5, 3], [5, 3]]) {
        $0[0].affine(
          segments: Segments(counts: [2, 4]), weights: [$0[1], $0[2]], activation: activation,
          dropout: dropout)
      },
    ]
  }

  static let shapes = [
    OperationCase("one row", shapes: [[1, 4], [4, 2], [2]]) {
      $0[0].affine(weight: $0[1], bias: $0[2])
    },
    OperationCase("zero rows", shapes: [[0, 4], [4, 2], [2]]) {
      $0[0].affine(weight: $0[1], bias: $0[2])
    },
    OperationCase("one output", shapes: [[7, 4], [4, 1], [1]]) {
      $0[0].affine(weight: $0[1], bias: $0[2])
    },
    OperationCase("several row and weight blocks", shapes: [[1100, 140], [140, 3], [3]]) {
      $0[0].affine(weight: $0[1], bias: $0[2], activation: .tanh)
    },
  ]

  static func segmented(_ name: String, _ segments: Segments, bias: Bool) -> OperationCase {
    let maps = segments.output.count
    let weights = Array(repeating: [4, 3], count: maps)
    let biases = Array(repeating: [3], count: bias ? maps : 0)
    return OperationCase(
      name + (bias ? " with biases" : ""), shapes: [[segments.inputRowCount, 4]] + weights + biases
    ) { inputs in
      inputs[0].affine(
        segments: segments, weights: Array(inputs[1...maps]),
        biases: bias ? Array(inputs[(1 + maps)...]) : nil, activation: .leakyReLU)
    }
  }

  static let segments = [true, false].flatMap { bias in
    [
      segmented("segments end to end", Segments(counts: [3, 1, 4]), bias: bias),
      segmented(
        "empty segments first, between and last", Segments(counts: [0, 2, 0, 3, 0]), bias: bias),
      segmented("no rows in any segment", Segments(counts: [0, 0]), bias: bias),
      segmented("maps that share all rows", .all(rowCount: 5, count: 3), bias: bias),
      segmented("one map of all rows", .all(rowCount: 5, count: 1), bias: bias),
      segmented("maps that share one row", .all(rowCount: 1, count: 2), bias: bias),
      segmented("maps that share no rows", .all(rowCount: 0, count: 2), bias: bias),
      segmented("shared rows of two blocks", .all(rowCount: 600, count: 2), bias: bias),
      segmented("second layer", Segments.all(rowCount: 3, count: 2).following, bias: bias),
    ]
  }

  @Test(arguments: single + dropped + shapes + segments, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  @Test func segmentsLieEndToEnd() {
    let segments = Segments(counts: [2, 0, 3])
    #expect(segments.input == [0..<2, 2..<2, 2..<5])
    #expect(segments.output == segments.input)
    #expect(segments.inputRowCount == 5)
    let all = Segments.all(rowCount: 4, count: 2)
    #expect(all.input == [0..<4, 0..<4])
    #expect(all.output == [0..<4, 4..<8])
    #expect(all.outputRowCount == 8)
    #expect(all.following == Segments(counts: [4, 4]))
  }

  @Test func emptySegmentLeavesItsWeightWithoutGradient() {
    let tape = Tape()
    let context = ForwardContext.evaluation(tape: tape)
    let weights = (0..<2).map { makeParameter(Tensor(normal: "weight \($0)", shape: [4, 3])) }
    let biases = (0..<2).map { makeParameter(Tensor(normal: "bias \($0)", shape: [3])) }
    let y = Variable(Tensor(normal: "x", shape: [5, 4])).affine(
      segments: Segments(counts: [0, 5]), weights: weights.map { context($0) },
      biases: biases.map { context($0) })
    tape.backward(from: y.weightedSum(Tensor(repeating: 1, shape: [5, 3])))
    for parameter in [weights[0], biases[0]] {
      guard case .none = parameter.gradient else {
        Issue.record("\(parameter.gradient)")
        continue
      }
    }
    guard case .dense = weights[1].gradient, case .dense = biases[1].gradient else {
      Issue.record("a segment with rows gave no gradient")
      return
    }
  }

  @Test func rowsOfOneSegmentDoNotReachTheWeightsOfAnother() {
    let segments = Segments(counts: [2, 3])
    let inputs = [[5, 4], [4, 3], [4, 3]].enumerated().map {
      Tensor(normal: "private \($0)", shape: $1)
    }
    let outputGradient = Tensor(
      Array(repeating: 1, count: 6) + Array(repeating: 0, count: 9), shape: [5, 3])
    let (_, gradients) = evaluate(inputs, outputGradient: outputGradient) {
      $0[0].affine(segments: segments, weights: [$0[1], $0[2]], activation: .sigmoid)
    }
    #expect(gradients[2].values.allSatisfy { $0 == 0 })
    #expect(gradients[1].values.allSatisfy { $0 != 0 })
  }

  @Test func oneWeightForTwoMapsGetsBothGradients() {
    let x = Tensor(normal: "x", shape: [5, 4])
    let w = Tensor(normal: "w", shape: [4, 3])
    checkGradients(of: [x, w]) {
      $0[0].affine(segments: Segments(counts: [2, 3]), weights: [$0[1], $0[1]], activation: .tanh)
    }
  }

  @Test func fusedEpilogueEqualsSeparateOperations() {
    let stream = RandomStreams(seed: 5)["dropout"]
    let inputs = [[300, 5], [5, 70], [70]].enumerated().map {
      Tensor(normal: "fused \($0)", shape: $1)
    }
    for activation in Activation.allCases {
      let (fused, fusedGradients) = evaluate(inputs) {
        $0[0].affine(
          weight: $0[1], bias: $0[2], activation: activation,
          dropout: Dropout(rate: 0.25, stream: stream))
      }
      let (apart, gradients) = evaluate(inputs) {
        $0[0].affine(weight: $0[1], bias: $0[2]).activated(by: activation)
          .dropout(rate: 0.25, using: stream)
      }
      #expect(fused.values == apart.values)
      for (one, other) in zip(fusedGradients, gradients) {
        expectClose(one, other, relative: 1e-5, absolute: 1e-5)
      }
    }
  }

  @Test func noInputColumnsGiveTheBias() {
    let bias = Tensor([1, 2], shape: [2])
    let (output, gradients) = evaluate([Tensor(zeros: [3, 0]), Tensor(zeros: [0, 2]), bias]) {
      $0[0].affine(weight: $0[1], bias: $0[2])
    }
    #expect(output.values == [1, 2, 1, 2, 1, 2])
    #expect(gradients[2].values == [3, 3])
  }

  @Test func sizeOfABatchDoesNotChangeARowBeyondRounding() {
    let x = Tensor(normal: "rows", shape: [700, 40])
    let w = Variable(Tensor(normal: "weight", shape: [40, 30]))
    let all = Variable(x).affine(weight: w).value
    let first = Variable(Tensor(Array(x.values.prefix(40)), shape: [1, 40])).affine(weight: w).value
    expectClose(
      first, Tensor(Array(all.values.prefix(30)), shape: [1, 30]), relative: 1e-5, absolute: 1e-5)
  }
}
