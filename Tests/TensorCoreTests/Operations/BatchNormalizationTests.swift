import TensorCore
import TestKit
import Testing

@Suite struct BatchNormalizationTests {
  static func batch(
    _ name: String, counts: [Int], width: Int = 3, activation: Activation = .identity,
    dropout: Dropout? = nil
  ) -> OperationCase {
    let segments = Segments(counts: counts).output
    let columns = Array(repeating: [width], count: 2 * counts.count)
    return OperationCase(name, shapes: [[counts.reduce(0, +), width]] + columns) { inputs in
      inputs[0].batchNormalized(
        segments: segments, scales: Array(inputs[1...counts.count]),
        shifts: Array(inputs[(1 + counts.count)...]), epsilon: 1e-3, activation: activation,
        dropout: dropout
      ).output
    }
  }

  static func kept(
    _ name: String, counts: [Int], activation: Activation = .identity
  ) -> OperationCase {
    let segments = Segments(counts: counts).output
    let columns = Array(repeating: [3], count: 2 * counts.count)
    return OperationCase(name, shapes: [[counts.reduce(0, +), 3]] + columns) { inputs in
      let variances = Tensor(
        Tensor(normal: "variances", shape: [counts.count, 3]).values.map { $0 * $0 + 0.1 },
        shape: [counts.count, 3])
      return inputs[0].normalized(
        segments: segments, means: Tensor(normal: "means", shape: [counts.count, 3]),
        variances: variances, scales: Array(inputs[1...counts.count]),
        shifts: Array(inputs[(1 + counts.count)...]), epsilon: 1e-3, activation: activation)
    }
  }

  static let cases = [
    batch("one segment", counts: [6]),
    batch("several segments", counts: [4, 7, 5]),
    batch("empty segments", counts: [0, 5, 0]),
    batch("no rows at all", counts: [0, 0]),
    batch("several column blocks", counts: [5, 6], width: 70),
    kept("kept moments", counts: [4, 3]),
    kept("kept moments, empty segment", counts: [0, 4]),
    kept("kept moments, one row", counts: [1]),
  ]

  static let epilogues = Activation.allCases.flatMap { activation in
    let dropout = Dropout(rate: 0.4, stream: RandomStreams(seed: 5)["dropout"])
    return [
      batch("then \(activation)", counts: [4, 5], activation: activation),
      batch(
        "then \(activation) and dropout", counts: [4, 5], width: 70, activation: activation,
        dropout: dropout),
      kept("kept moments, then \(activation)", counts: [4, 3], activation: activation),
    ]
  }

  @Test(arguments: cases + epilogues, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  private func normalize(_ x: Tensor, counts: [Int], epsilon: Float = 1e-5) -> (
    output: Tensor, means: Tensor, variances: Tensor
  ) {
    let scales = counts.map { _ in Variable(Tensor(repeating: 2, shape: [x.columnCount])) }
    let shifts = counts.map { _ in Variable(Tensor(repeating: 5, shape: [x.columnCount])) }
    let result = Variable(x).batchNormalized(
      segments: Segments(counts: counts).output, scales: scales, shifts: shifts, epsilon: epsilon)
    return (result.output.value, result.means, result.variances)
  }

  @Test func segmentOfOneRowGivesItsShift() {
    let (output, means, variances) = normalize(Tensor([3, -7], shape: [1, 2]), counts: [1])
    #expect(output.values == [5, 5])
    #expect(means.values == [3, -7])
    #expect(variances.values == [0, 0])
  }

  @Test func segmentOfOneRowHasNoInputGradient() {
    let inputs = [
      Tensor([3, -7], shape: [1, 2]), Tensor([2, 2], shape: [2]), Tensor([5, 5], shape: [2]),
    ]
    let (_, gradients) = evaluate(inputs) {
      $0[0].batchNormalized(segments: [0..<1], scales: [$0[1]], shifts: [$0[2]], epsilon: 1e-5)
        .output
    }
    #expect(gradients.map(\.values) == [[0, 0], [0, 0], [1, 1]])
  }

  @Test func momentsAreThoseOfEachSegmentWithBiasedVariance() {
    let x = Tensor([1, 3, 10, 20, 60], shape: [5, 1])
    let (output, means, variances) = normalize(x, counts: [2, 3], epsilon: 0)
    #expect(means.values == [2, 30])
    expectClose(
      variances, Tensor([1, Float(1400.0 / 3)], shape: [2, 1]), relative: 1e-6)
    expectClose(Double(output.values[0]), 3, relative: 1e-6)
    expectClose(Double(output.values[1]), 7, relative: 1e-6)
  }

  @Test func emptySegmentHasZeroMoments() {
    let (_, means, variances) = normalize(Tensor([1, 3], shape: [2, 1]), counts: [0, 2])
    #expect(means.values == [0, 2])
    #expect(variances.values == [0, 1])
  }

  @Test func largeMeanDoesNotSpoilTheVariance() {
    let x = Tensor((0..<4096).map { 1000 + Float($0 % 2) }, shape: [4096, 1])
    expectClose(Double(normalize(x, counts: [4096]).variances.scalar), 0.25, relative: 1e-4)
  }
}
