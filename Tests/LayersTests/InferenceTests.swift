import Layers
import TensorCore
import TestKit
import Testing

/// Where nothing is differentiated, all layers are computed block by block.
///
/// The recorded form, layer by layer, is what finite differences and the naive twins judge.
@Suite("Inference") struct InferenceTests {
  struct Shape: CustomTestStringConvertible {
    let counts: [Int]
    let readerCount: Int

    var segments: Segments { Segments(counts: counts, readerCount: readerCount) }
    var testDescription: String { "\(counts), \(readerCount) readers" }

    static let all = [
      Shape(counts: [1], readerCount: 1), Shape(counts: [5, 0, 3], readerCount: 1),
      Shape(counts: [4], readerCount: 3), Shape(counts: [1300, 0, 517], readerCount: 2),
      Shape(counts: [0], readerCount: 2),
    ]
  }

  /// Builds networks with `build` and trains their running moments for a step; then expects the
  /// recorded and the unrecorded result to have the same bits.
  private func expectSameBits<Network>(
    _ shape: Shape, _ build: ([ParameterScope]) -> Network,
    _ apply: (Network, Variable, ForwardContext) -> Variable,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 4))
    let network = build(shape.segments.output.indices.map { scope[$0] })
    for parameter in store.parameters {
      parameter.value.assign(Tensor(normal: parameter.name, shape: parameter.value.shape))
    }
    let x = Variable(Tensor(normal: "x", shape: [shape.segments.inputRowCount, 19]))
    let training = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    _ = apply(network, x, training)
    let tape = Tape()
    let recorded = apply(network, x, .evaluation(tape: tape))
    let inferred = apply(network, x, .evaluation())
    #expect(recorded.needsGradient && !inferred.needsGradient, sourceLocation: sourceLocation)
    #expect(inferred.shape == recorded.shape, sourceLocation: sourceLocation)
    #expect(
      inferred.value.values.map(\.bitPattern) == recorded.value.values.map(\.bitPattern),
      sourceLocation: sourceLocation)
  }

  private func expectBanksAgree(_ shape: Shape, normalizes: Bool, activation: Activation) {
    expectSameBits(shape) {
      MLPBank(
        inputSize: 19, sizes: [33, 20], activation: activation, normalizes: normalizes,
        dropoutRate: 0.2, scopes: $0)
    } _: {
      $0($1, segments: shape.segments, in: $2)
    }
  }

  @Test(arguments: Shape.all, [false, true])
  func banksGiveTheBitsOfTheRecordedForm(shape: Shape, normalizes: Bool) {
    for activation in Activation.allCases {
      expectBanksAgree(shape, normalizes: normalizes, activation: activation)
    }
  }

  @Test(.needsOneDNN, arguments: [false, true])
  func banksGiveTheBitsOfTheRecordedFormInBF16(normalizes: Bool) {
    MatrixPrecision.$current.withValue(.bf16) {
      for shape in Shape.all { expectBanksAgree(shape, normalizes: normalizes, activation: .relu) }
    }
  }

  @Test(arguments: Shape.all, [[], [33], [33, 20]])
  func towersGiveTheBitsOfTheRecordedForm(shape: Shape, sizes: [Int]) {
    let parts = Shape(counts: shape.counts, readerCount: 1)
    expectSameBits(parts) {
      TowerBank(inputSize: 19, sizes: sizes, normalizes: true, scopes: $0)
    } _: {
      $0($1, segments: parts.segments, in: $2)
    }
  }

  @Test func theInputIsLeftAsItWas() {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 4))
    let network = MLP(inputSize: 3, sizes: [3, 3], normalizes: true, scope: scope)
    let x = Tensor(normal: "x", shape: [7, 3])
    let before = x.values
    _ = network(Variable(x), in: .evaluation())
    #expect(x.values == before)
  }
}
