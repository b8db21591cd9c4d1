import TensorCore
import TestKit
import Testing

/// Affine maps with bf16 products beside the same in 32 bits.
@Suite(.needsOneDNN) struct BF16AffineTests {
  private func results(
    _ precision: MatrixPrecision, segments: Segments, activation: Activation
  ) -> [Tensor] {
    let maps = segments.output.count
    let shapes =
      [[segments.inputRowCount, 140]] + Array(repeating: [140, 30], count: maps)
      + Array(repeating: [30], count: maps)
    let inputs = shapes.enumerated().map { Tensor(normal: "bf16 affine \($0)", shape: $1) }
    return MatrixPrecision.$current.withValue(precision) {
      let (output, gradients) = evaluate(
        inputs, outputGradient: Tensor(normal: "dy", shape: [segments.outputRowCount, 30])
      ) {
        $0[0].affine(
          segments: segments, weights: Array($0[1...maps]), biases: Array($0[(1 + maps)...]),
          activation: activation)
      }
      return [output] + gradients
    }
  }

  /// Rounding changes a product of normal numbers by about 2^-8 times half of it, and a sum of k
  /// products by √k times that; the limit leaves room for the largest of some ten thousand sums.
  @Test(arguments: [
    Segments(counts: [40]), Segments(counts: [7, 0, 600]), .all(rowCount: 600, count: 3),
  ])
  func outputAndGradientsAreNearThoseOfFP32(segments: Segments) {
    let exact = results(.fp32, segments: segments, activation: .identity)
    let rounded = results(.bf16, segments: segments, activation: .identity)
    for (index, (a, b)) in zip(exact, rounded).enumerated() {
      let sumLength = index == 0 ? 140 : max(30 * segments.output.count, segments.outputRowCount)
      let limit = 6 * 0x1p-8 * Float(sumLength).squareRoot()
      let differences = zip(a.values, b.values).map { abs($0 - $1) }
      #expect((differences.max() ?? 0) < limit, "tensor \(index)")
    }
    // What is no matrix product has the same bits: the bias gradients of a map without activation.
    for index in exact.indices.suffix(segments.output.count) {
      #expect(exact[index].values == rounded[index].values)
    }
    #expect(exact[0].values != rounded[0].values)
  }

  @Test func backwardHasThePrecisionOfItsForwardPass() {
    let x = Tensor(normal: "x", shape: [20, 50])
    let w = Tensor(normal: "w", shape: [50, 10])
    func gradients(forward: MatrixPrecision, backward: MatrixPrecision) -> [Float] {
      let tape = Tape()
      let context = ForwardContext.evaluation(tape: tape)
      let parameter = makeParameter(w)
      let y = MatrixPrecision.$current.withValue(forward) {
        Variable(x).affine(weight: context(parameter), activation: .identity)
      }
      MatrixPrecision.$current.withValue(backward) {
        tape.backward(from: y.weightedSum(Tensor(normal: "dy", shape: [20, 10])))
      }
      guard case .dense(let gradient) = parameter.gradient else { return [] }
      return gradient.values
    }
    let rounded = gradients(forward: .bf16, backward: .fp32)
    #expect(rounded == gradients(forward: .bf16, backward: .bf16))
    #expect(rounded != gradients(forward: .fp32, backward: .bf16))
    #expect(rounded.count == 500)
  }

  @Test func precisionIsThatOfTheScopeAlone() {
    #expect(MatrixPrecision.current == .fp32)
    MatrixPrecision.$current.withValue(.bf16) { #expect(MatrixPrecision.current == .bf16) }
    #expect(MatrixPrecision.current == .fp32)
  }
}
